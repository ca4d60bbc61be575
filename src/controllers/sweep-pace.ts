/**
 * How much the sweep takes at a time, and how long it rests in between.
 *
 * The trade-off: the fastest way to delete a million rows is the one that nobody else can work beside. Two rules bound what the sweep
 * costs the workers, whatever the server and its load:
 * - **Nothing it holds, it holds for long.** A removal holds the locks of its rows, and a share of the server's log, until its commit. One that
 *   took longer than `SLOW_MS` is followed by smaller ones, down to `LEAST`; they grow back while they are quick. A wait for it stays far
 *   below a second.
 * - **It never works more than half of the time.** It rests as long as a removal took. Of a worker's statements at most every second one meets it, and a
 *   server that slows down, for whatever reason, is left alone for longer.
 *
 * Rows are looked for while those before them are removed (ttl-sweeper.ts), so that the time goes into removals.
 */

/** On a server with nothing else to do, 500 rows take some 10 ms. */
const SLOW_MS = 200;
/** Below this a removal is little but its round trips. */
const LEAST = 50;
/** A single removal that waited for a lock, or for a failover, is no reason to rest for as long again. */
const LONGEST_REST_MS = 1_000;

export class SweepPace {
  readonly #most: number;
  #size: number;

  /** @param most rows at a time (`TTL_SWEEP_BATCH`) */
  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  /** Rows of the next page, and so of one removal at most. */
  get size(): number {
    return this.#size;
  }

  /** A removal took so long. @returns how long to rest; both in milliseconds */
  removed(tookMs: number): number {
    if (tookMs > SLOW_MS) this.#size = Math.max(Math.min(LEAST, this.#most), Math.floor(this.#size / 2));
    else this.#size = Math.min(this.#most, Math.ceil(this.#size * 1.25));
    return Math.min(tookMs, LONGEST_REST_MS);
  }
}
