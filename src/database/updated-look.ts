/** With an index on `updated_at`: the look at what was stamped since the last one, and at nothing else. */
import type { Clock } from '../engine/clock.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import type { UpdatedKey } from './statements/scan-rows.ts';

/** Rows of one page: some 2 ms of the event loop. */
const ROWS = 2_000;

export interface UpdatedLookParts {
  readonly source: Pick<FeedSource, 'scanUpdated'>;
  readonly comparison: Comparison;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** What it costs grows with what changes: each row that was stamped comes with every look for as long as the overlap lasts. */
export class UpdatedLook {
  readonly #parts: UpdatedLookParts;

  constructor(parts: UpdatedLookParts) {
    this.#parts = parts;
  }

  /**
   * @param seconds how old a stamp may be
   * @throws OperatorError
   */
  async look(seconds: number, signal: AbortSignal): Promise<void> {
    const { source, comparison, clock } = this.#parts;
    let after: UpdatedKey | undefined;
    do {
      const { rows, next } = await source.scanUpdated(seconds, after, ROWS);
      const now = clock.monotonic();
      for (const row of rows) comparison.head(row, now);
      after = next;
    } while (after !== undefined && !signal.aborted);
  }
}
