/** Two operators side by side: with an election between them, or each believing to be alone. */

import { OPERATOR_STOPS_WITHIN_MS, operatorOn } from '../operator.ts';
import type { OperatorProcess } from '../operator.ts';
import { freePort } from '../ports.ts';
import type { Stage } from './stage.ts';

export type Leadership = 'elected' | 'both believing';

/** Short intervals, so that much happens in little time. */
const ENVIRONMENT = {
  CLUSTER_NAME: 'soak',
  DB_MIGRATE: 'full',
  FEED_INTERVAL_MS: '100',
  PROGRESS_INTERVAL_MS: '300',
  TTL_SWEEP_INTERVAL_SECONDS: '1',
};

interface Member {
  readonly process: OperatorProcess;
  /** Its end is of our making. */
  wanted: boolean;
}

export class Operators {
  readonly #stage: Stage;
  readonly #onSuddenEnd: (what: string) => void;
  #members: readonly Member[] = [];
  #terms = 0;
  #closed = false;

  /** @param onSuddenEnd told when one ends that nobody has ended */
  constructor(stage: Stage, onSuddenEnd: (what: string) => void) {
    this.#stage = stage;
    this.#onSuddenEnd = onSuddenEnd;
  }

  get count(): number {
    return this.#members.length;
  }

  /** Starts both anew and waits until they are ready. */
  async start(leadership: Leadership): Promise<void> {
    this.#terms += 1;
    const { folder, controlPlane, database } = this.#stage;
    const env = { ...ENVIRONMENT, LEADER_ELECTION: String(leadership === 'elected') };
    const names = ['a', 'b'].map((letter) => `operator-${this.#terms}${letter}`);
    const processes = [];
    for (const name of names) processes.push(operatorOn(await freePort(), { folder, kubeconfig: controlPlane.kubeconfig, database, env, name }));
    this.#members = processes.map((process) => ({ process, wanted: true }));
    for (const member of this.#members) this.#launch(member);
    await this.ready();
  }

  /** Waits until both are. */
  async ready(): Promise<void> {
    await Promise.all(this.#members.map(({ process }) => process.service.ready()));
  }

  async kill(index: number): Promise<void> {
    const member = this.#member(index);
    member.wanted = false;
    await member.process.service.kill('SIGKILL');
  }

  /** As a rolling update ends it. */
  async terminate(index: number): Promise<void> {
    const member = this.#member(index);
    member.wanted = false;
    await member.process.service.stop(OPERATOR_STOPS_WITHIN_MS);
  }

  launch(index: number): void {
    this.#launch(this.#member(index));
  }

  async freeze(index: number): Promise<void> {
    await this.#member(index).process.service.kill('SIGSTOP');
  }

  async wake(index: number): Promise<void> {
    await this.#member(index).process.service.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((_, index) => this.terminate(index)));
    this.#members = [];
  }

  /** At once, frozen or not; none is launched any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#members.map((_, index) => this.kill(index)));
  }

  #launch(member: Member): void {
    const { service } = member.process;
    if (this.#closed) return;
    member.wanted = true;
    service.launch();
    void this.#notice(member);
  }

  async #notice(member: Member): Promise<void> {
    const { service } = member.process;
    const how = await service.ended;
    if (member.wanted) this.#onSuddenEnd(`${service.name} ended by itself (${how})`);
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new Error(`there is no operator ${index}`);
    return member;
  }
}
