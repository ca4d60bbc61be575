/** The workers of the benchmark, as it hears of them. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../dev/database.ts';
import { durationsOf } from '../../dev/durations.ts';
import type { Durations } from '../../dev/durations.ts';
import type { WorkOrder, WorkReport } from './work-message.ts';

const PROGRAM = fileURLToPath(new URL('./work-process.ts', import.meta.url));

export interface WorkMeasured extends Durations {
  readonly errors: WorkReport['errors'];
}

export class Workforce {
  readonly #process: ChildProcess;

  /** Sets out at once. */
  constructor({ host, port, owner, password, name }: Database, perSecond: number) {
    this.#process = fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#order({ kind: 'start', login: { host, port, user: owner, password, database: name }, perSecond });
  }

  /** From now on. */
  measure(): void {
    this.#order({ kind: 'measure' });
  }

  /** Since the last `measure`. */
  async report(): Promise<WorkMeasured> {
    const answer = once(this.#process, 'message') as Promise<[WorkReport]>;
    this.#order({ kind: 'report' });
    const [{ latencies, errors }] = await answer;
    return { ...durationsOf(latencies), errors };
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }

  #order(order: WorkOrder): void {
    this.#process.send(order);
  }
}
