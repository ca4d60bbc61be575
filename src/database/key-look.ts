/** Looks at single rows by their keys: exact, checksums of result and error included, and some 10 µs of the server's time for each. */
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import type { FreshRows } from './fresh-rows.ts';

/** Ids of one statement: 20 KB of text. */
const IDS = 500;

export interface KeyLookParts {
  readonly source: Pick<FeedSource, 'look' | 'read'>;
  readonly comparison: Comparison;
  readonly fresh: FreshRows;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export class KeyLook {
  readonly #source: Pick<FeedSource, 'look' | 'read'>;
  readonly #comparison: Comparison;
  readonly #fresh: FreshRows;
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor({ source, comparison, fresh, clock }: KeyLookParts) {
    this.#source = source;
    this.#comparison = comparison;
    this.#fresh = fresh;
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

  /** The same with whole rows, for a few that have most likely changed: whoever is told has what it needs. @throws OperatorError */
  async read(jobIds: readonly string[]): Promise<void> {
    const question = this.#fresh.ask();
    const { rows, now } = await this.#source.read(jobIds);
    const answer = this.#fresh.answer(question, now);
    for (const jobId of jobIds) {
      const row = rows.get(jobId);
      if (row === undefined) this.#comparison.missing(jobId, answer.answeredAt);
      else if (row instanceof OperatorError) this.#comparison.row(jobId, undefined, answer.answeredAt);
      else if (this.#comparison.row(jobId, row, answer.answeredAt)) this.#fresh.keep(row, answer);
    }
  }

  /** A look for those of whom something new could be said: ten thousand rows that finished at once are looked at once, and not until all are shown. */
  lookAtSuspects(jobIds: readonly string[], signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    return this.look(jobIds.filter((jobId) => this.#comparison.isNews(jobId, now)), signal);
  }
}
