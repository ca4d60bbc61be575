/** What can go wrong with a list or a watch beside what the server answers, and how a failure is told. */

/** One failure of the loop, and what follows from it. There is one for each step of the back-off: log it and nothing else. */
export interface ReflectorTrouble {
  readonly during: 'list' | 'watch';
  readonly error: unknown;
  /** 1 for the first since the loop was last healthy for two minutes. */
  readonly attempt: number;
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;
  /** The next attempt is a complete list, not a watch from where the last one ended. */
  readonly relist: boolean;
}

/** An event or bookmark older than what was already seen: the server's history is not the one we followed. */
export class HistoryWentBack extends Error {
  override readonly name = 'HistoryWentBack';

  constructor(from: string, to: string) {
    super(`the server's resource version went back from ${from} to ${to}; it may have been restored from a backup`);
  }
}

/** The server ended a watch right after it had begun. */
export class ShortWatch extends Error {
  override readonly name = 'ShortWatch';

  constructor(lastedMs: number) {
    super(`the watch ended after ${Math.round(lastedMs)} ms`);
  }
}

/** Given up although nothing was wrong with it: it may hang on a connection that is dead. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}
