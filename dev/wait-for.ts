/** Waiting for a condition with a deadline, in place of sleeping for luck. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, as it should read after "gave up waiting for". */
  readonly what: string;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds between two looks; default 50. */
  readonly intervalMs?: number;
}

/**
 * Calls `condition` until it returns something other than `undefined`, `null` or `false`, and returns that. A throwing
 * condition counts as not yet true.
 * @throws Error at the deadline; its cause is what the last call threw.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + options.timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      last = undefined;
      const value = await condition();
      if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      const because = last instanceof Error ? ` (${last.message})` : '';
      throw new Error(`gave up waiting for ${options.what} after ${options.timeoutMs} ms${because}`, { cause: last });
    }
    await sleep(options.intervalMs ?? 50);
  }
}
