/** An operator under test: ours, or any other command that keeps the contract. It is told of nothing but its environment. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../dev/database.ts';
import { operatorEnvironment, operatorOn } from '../dev/operator.ts';
import { freePort } from '../dev/ports.ts';
import type { RunFolder } from '../dev/run-folder.ts';
import { Service } from '../dev/service.ts';
import { usageOf } from '../dev/process-tree.ts';
import type { Usage } from '../dev/process-tree.ts';

export interface ContenderOptions {
  readonly folder: RunFolder;
  readonly kubeconfig: string;
  readonly database: Database;
  /** Names its log. */
  readonly name: string;
  /** For `sh -c`; undefined is ours. */
  readonly command: string | undefined;
  /** Where ours leaves a CPU profile of each of its processes. */
  readonly profile: string | undefined;
}

const STOP_GRACE_MS = 20_000;

export class Contender {
  readonly #service: Service;
  readonly #url: string;
  #pid = 0;
  /** How it ended, in words; of the last launch. */
  #ended: Promise<string> = Promise.resolve('not started');
  #peak = 0;
  #held = false;

  private constructor(service: Service, url: string) {
    this.#service = service;
    this.#url = url;
  }

  /** Not started yet. */
  static async create({ folder, kubeconfig, database, name, command, profile }: ContenderOptions): Promise<Contender> {
    const port = await freePort();
    const profiling: Readonly<Record<string, string>> = profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${JSON.stringify(profile)}` };
    const { url, service } =
      command === undefined
        ? operatorOn(port, { folder, kubeconfig, database, name, env: profiling })
        : { url: `http://127.0.0.1:${port}`, service: foreignService({ folder, name, command, env: operatorEnvironment({ kubeconfig, database }, port) }) };
    return new Contender(service, url);
  }

  /** Launches it; whether and when it is ready is for `ready` or for its deeds to tell. */
  launch(): void {
    this.#service.launch();
    this.#pid = this.#service.pid ?? 0;
    this.#ended = this.#service.ended;
    this.#held = false;
  }

  /** Whether `/readyz` of the contract's HTTP_PORT says yes. */
  async ready(): Promise<boolean> {
    try {
      const response = await fetch(`${this.#url}/readyz`, { signal: AbortSignal.timeout(1_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      // Not listening yet, or never: another operator need not.
      return false;
    }
  }

  /** The work, or the error that the operator ended meanwhile, with the end of its log. */
  async whileAlive<T>(work: Promise<T>): Promise<T> {
    const died = this.#ended.then((how) => {
      throw new Error(`${this.#service.name} ended (${how}) while it was measured; the end of its log:\n${this.#service.log().trimEnd().split('\n').slice(-15).join('\n')}`);
    });
    return Promise.race([work, died]);
  }

  /** Freezes it, so that what happens now meets it all at once. */
  hold(): void {
    this.#signal('SIGSTOP');
    this.#held = true;
  }

  /** Lets it go on. Returns the moment. */
  release(): number {
    this.#held = false;
    const at = performance.now();
    this.#signal('SIGCONT');
    return at;
  }

  usage(): Usage {
    const usage = usageOf(this.#pid);
    this.#peak = Math.max(this.#peak, usage.peakBytes);
    return usage;
  }

  /** The most memory of any of its processes so far, as of the last `usage`. */
  get peakBytes(): number {
    return this.#peak;
  }

  /** Asks it to end, with all of its processes; insists after 20 s. */
  async stop(): Promise<void> {
    if (!this.#service.running) return;
    if (this.#held) this.release();
    this.#signal('SIGTERM');
    await Promise.race([this.#ended, sleep(STOP_GRACE_MS, undefined, { ref: false })]);
    if (this.#service.running) this.#signal('SIGKILL');
    await this.#ended;
  }

  /** To its process group: `sh -c` may have children. */
  #signal(signal: NodeJS.Signals): void {
    process.kill(-this.#pid, signal);
  }
}

function foreignService({ folder, name, command, env }: { folder: RunFolder; name: string; command: string; env: Readonly<Record<string, string>> }): Service {
  return new Service({ name, folder, command: 'sh', args: ['-c', command], env, probe: () => Promise.resolve() });
}
