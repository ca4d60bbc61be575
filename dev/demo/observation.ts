/** Looking again and again, in the background, at something that may miss a beat. */

import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 100;
const GIVE_UP_MS = 15_000;

export interface Observation {
  /** Rejects when nothing could be read for 15 s; resolves once stopped. */
  readonly ended: Promise<void>;
  /** Resolves when no look is under way. Does not throw. */
  stop(): Promise<void>;
}

/** @param what is looked at, as it reads before "does not answer any more" */
export function observe<T>(what: string, read: () => Promise<T>, see: (value: T) => void): Observation {
  const stopping = new AbortController();
  const ended = look(what, read, see, stopping.signal);
  // Whoever awaits `ended` learns of it; nobody has to.
  ended.catch(() => undefined);
  return {
    ended,
    async stop() {
      stopping.abort();
      await Promise.allSettled([ended]);
    },
  };
}

async function look<T>(what: string, read: () => Promise<T>, see: (value: T) => void, signal: AbortSignal): Promise<void> {
  let answeredAt = performance.now();
  while (!signal.aborted) {
    let value: { read: T } | undefined;
    try {
      value = { read: await read() };
      answeredAt = performance.now();
    } catch (error) {
      if (performance.now() - answeredAt > GIVE_UP_MS) throw new Error(`${what} does not answer any more`, { cause: error });
    }
    if (value !== undefined) see(value.read);
    await sleep(INTERVAL_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
