/** A server program of the stack that can be started, killed, frozen and started again with the same data and port. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunFolder } from './run-folder.ts';

export interface ServiceDefinition {
  /** Names the log (`<name>.log`) and the record for the watchdog (`<name>.pid`) in the folder. */
  readonly name: string;
  readonly folder: RunFolder;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Resolves once the server serves; a rejection means not yet. */
  readonly probe: () => Promise<void>;
  /** Milliseconds from start to serving; default 60,000, since a machine may be busy compiling. */
  readonly readyTimeoutMs?: number;
}

const PROBE_INTERVAL_MS = 50;
const PROBE_TIMEOUT_MS = 2_000;
const STOP_GRACE_MS = 10_000;
const LOG_LINES_SHOWN = 15;

interface Running {
  readonly process: ChildProcess;
  /** How the process ended, in words. Never rejects. */
  readonly ended: Promise<string>;
}

export class Service {
  readonly name: string;
  readonly logFile: string;
  readonly #definition: ServiceDefinition;
  readonly #pidFile: string;
  #current: Running | undefined;

  constructor(definition: ServiceDefinition) {
    this.#definition = definition;
    this.name = definition.name;
    this.logFile = join(definition.folder.path, `${definition.name}.log`);
    this.#pidFile = join(definition.folder.path, `${definition.name}.pid`);
  }

  get running(): boolean {
    return this.#current !== undefined;
  }

  get pid(): number | undefined {
    return this.#current?.process.pid;
  }

  /** Resolves with how it ended ("code 1", "SIGKILL") when the running process ends; at once when none runs. */
  get ended(): Promise<string> {
    return this.#current?.ended ?? Promise.resolve('not running');
  }

  /** Starts the program and waits until it serves. Throws with the end of its log if it does not. */
  async start(): Promise<void> {
    this.launch();
    try {
      await this.ready();
    } catch (error) {
      await this.kill('SIGKILL');
      throw error;
    }
  }

  /** Starts the program without waiting for it. */
  launch(): void {
    if (this.#current !== undefined) throw new Error(`${this.name} is running already`);
    const { command, args, env } = this.#definition;
    const log = openSync(this.logFile, 'a');
    // A session of its own: Ctrl-C reaches this process, which then stops its servers in order.
    const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true, env: { ...process.env, ...env } });
    closeSync(log);
    // Written in the same turn as the spawn, so that the watchdog knows it whatever happens next.
    if (child.pid !== undefined) writeFileSync(this.#pidFile, `${child.pid}\n`);
    const ended = new Promise<string>((resolve) => {
      const finish = (how: string): void => {
        this.#current = undefined;
        rmSync(this.#pidFile, { force: true });
        resolve(how);
      };
      child.once('error', (error) => finish(error.message));
      child.once('exit', (code, signal) => finish(signal ?? `code ${code}`));
    });
    this.#current = { process: child, ended };
  }

  /** Waits until a launched program serves. */
  async ready(): Promise<void> {
    const timeoutMs = this.#definition.readyTimeoutMs ?? 60_000;
    const deadline = performance.now() + timeoutMs;
    const current = this.#current;
    if (current === undefined) throw new Error(`${this.name} is not running${this.#logSuffix()}`);
    let last = '';
    let how: string | undefined;
    void current.ended.then((value) => (how = value));
    for (;;) {
      try {
        const outOfTime = AbortSignal.timeout(PROBE_TIMEOUT_MS);
        await Promise.race([
          this.#definition.probe(),
          new Promise((_, reject) => outOfTime.addEventListener('abort', () => reject(new Error('no answer')), { once: true })),
        ]);
        // Ended meanwhile: what answered was not ours.
        await sleep(0);
        if (how === undefined) return;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      if (how !== undefined) throw new Error(`${this.name} ended (${how}) before it was ready${this.#logSuffix()}`);
      if (performance.now() > deadline) throw new Error(`${this.name} was not ready after ${timeoutMs} ms (${last})${this.#logSuffix()}`);
      await sleep(PROBE_INTERVAL_MS);
    }
  }

  /** Asks it to end (SIGTERM) and waits; insists (SIGKILL) after the grace time, in milliseconds. Returns how it ended. */
  async stop(graceMs: number = STOP_GRACE_MS): Promise<string> {
    const current = this.#current;
    if (current === undefined) return 'not running';
    current.process.kill('SIGTERM');
    // A frozen process gets its SIGTERM only when it runs again.
    current.process.kill('SIGCONT');
    const insist = setTimeout(() => current.process.kill('SIGKILL'), graceMs);
    const how = await current.ended;
    clearTimeout(insist);
    return how;
  }

  /** Sends a signal; waits for the end, except for SIGSTOP and SIGCONT, which do not end anything. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    current.process.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await current.ended;
  }

  /** Everything the program has printed since its first start. */
  log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  #logSuffix(): string {
    const tail = this.log().trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
    return tail === '' ? '' : `; the end of its log:\n${tail}`;
  }
}
