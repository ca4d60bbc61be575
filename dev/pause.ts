/** Waiting that a signal ends. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Ends early, without an error, when the signal aborts. @param ms milliseconds */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
