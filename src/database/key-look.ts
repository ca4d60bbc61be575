/** Looks at single rows by their keys: exact, checksums of result and error included, and some 10 µs of the server's time for each. */
import type { Clock } from '../engine/clock.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';

/** Ids of one statement: 20 KB of text. */
const IDS = 500;

export class KeyLook {
  readonly #source: Pick<FeedSource, 'look'>;
  readonly #comparison: Comparison;
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(source: Pick<FeedSource, 'look'>, comparison: Comparison, clock: Pick<Clock, 'monotonic'>) {
    this.#source = source;
    this.#comparison = comparison;
    this.#clock = clock;
  }

  /** @throws OperatorError */
  async look(jobIds: readonly string[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < jobIds.length && !signal.aborted; start += IDS) {
      const part = jobIds.slice(start, start + IDS);
      const seen = await this.#source.look(part);
      const now = this.#clock.monotonic();
      for (const jobId of part) {
        if (seen.has(jobId)) this.#comparison.row(jobId, seen.get(jobId), now);
        else this.#comparison.missing(jobId, now);
      }
    }
  }

  /** The same for those of whom something new could be said: ten thousand rows that finished at once are looked at once, and not until all are shown. */
  lookAtSuspects(jobIds: readonly string[], signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    return this.look(jobIds.filter((jobId) => this.#comparison.isNews(jobId, now)), signal);
  }
}
