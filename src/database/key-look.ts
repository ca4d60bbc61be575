/** Looks at single rows by their keys: exact, checksums of result and error included, and some 10 µs of the server's time for each. */
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { JobRow } from '../job/row.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import type { Answer, FreshRows } from './fresh-rows.ts';

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

  /** @returns those of whom something was told. @throws OperatorError */
  async look(jobIds: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const told = new Set<string>();
    for (let start = 0; start < jobIds.length && !signal.aborted; start += IDS) {
      const part = jobIds.slice(start, start + IDS);
      const seen = await this.#source.look(part);
      const now = this.#clock.monotonic();
      for (const jobId of part) {
        if (seen.has(jobId) ? this.#comparison.row(jobId, seen.get(jobId), now) : this.#comparison.missing(jobId, now)) told.add(jobId);
      }
    }
    return told;
  }

  /** The same with whole rows, for a few that have most likely changed: whoever is told has what it needs. */
  async read(jobIds: readonly string[]): Promise<ReadonlySet<string>> {
    const question = this.#fresh.ask();
    const { rows, now } = await this.#source.read(jobIds);
    const answer = this.#fresh.answer(question, now);
    return new Set(jobIds.filter((jobId) => this.#compare(jobId, rows.get(jobId), answer)));
  }

  /** A look for those of whom something new could be said: ten thousand rows that finished at once are looked at once, and not until all are shown. */
  async lookAtSuspects(jobIds: readonly string[], signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic();
    await this.look(jobIds.filter((jobId) => this.#comparison.isNews(jobId, now)), signal);
  }

  #compare(jobId: string, row: JobRow | OperatorError | undefined, answer: Answer): boolean {
    if (row === undefined) return this.#comparison.missing(jobId, answer.answeredAt);
    if (row instanceof OperatorError) return this.#comparison.row(jobId, undefined, answer.answeredAt);
    return this.#comparison.row(jobId, row, answer.answeredAt, { row, answer });
  }
}
