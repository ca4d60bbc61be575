/** The look at what runs: what moved on there, what has come, and what has left. */
import type { Clock } from '../engine/clock.ts';
import type { JobRow } from '../job/row.ts';
import type { Watched } from './change-feed.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import { hasNoOutcome } from './fingerprint.ts';
import type { LightRow } from './fingerprint.ts';
import type { Answer, FreshRows } from './fresh-rows.ts';
import { SHARDS, shardOf } from './id-shards.ts';
import { Suspects, upTo } from './suspects.ts';
import type { Suspect } from './suspects.ts';

/** Rows of one statement, where a shard alone has no more: some 4 ms of the event loop. */
const ROWS = 2_000;
/** Up to this many rows are fetched whole, which spares most of those that changed another statement: among so many it is the cheaper one. */
const FEW = 200;

export interface RunningLookParts {
  readonly source: Pick<FeedSource, 'runningDigests' | 'scanRunning' | 'readRunning'>;
  readonly watched: Pick<Watched, 'running' | 'fingerprintOf'>;
  readonly comparison: Comparison;
  readonly fresh: FreshRows;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * The server reads every running row by way of `idx_status` and adds up what it finds, shard by shard; where the sum differs from that of the rows as they were
 * last processed, the shard's rows are fetched and compared. So a start, a step and an end are seen whatever the stamps of the rows say.
 *
 * With R running rows in the table and C of them changed, a look costs the server some 6 µs · R and sends 6 KB of sums at most, and the rows of the shards in
 * question, C · R / 256 or fewer, of 80 bytes each; of 150, when they are few and without results, which go on to the reconciles.
 */
export class RunningLook {
  readonly #parts: RunningLookParts;
  readonly #suspects: Suspects;

  constructor(parts: RunningLookParts) {
    this.#parts = parts;
    this.#suspects = new Suspects(() => parts.watched.running());
  }

  /** @throws OperatorError */
  async look(signal: AbortSignal): Promise<void> {
    const { source, comparison, clock } = this.#parts;
    const expected = this.#suspects.expect(0, SHARDS, comparison.moved(clock.monotonic()));
    let suspects: readonly Suspect[] = this.#suspects.among(expected, await source.runningDigests());
    if (suspects.length === 0) return;
    const moved = new Set(expected.moved);
    while (suspects.length > 0 && !signal.aborted) {
      const part = upTo(ROWS, suspects);
      suspects = suspects.slice(part.length);
      const shards = part.map(({ shard }) => shard);
      if (this.#isCheap(part)) await this.#read(part, shards, moved);
      else this.#compare(part, await source.scanRunning(shards), moved);
    }
  }

  /** Whether these rows can be fetched whole: few, ours, and without results as far as is known, so that none is large but those that have changed. */
  #isCheap(suspects: readonly Suspect[]): boolean {
    const { watched } = this.#parts;
    if (suspects.reduce((sum, { count }) => sum + count, 0) > FEW) return false;
    return suspects.every(({ shard, others }) => others === 0 && [...watched.running().in(shard)].every((jobId) => hasNoOutcome(watched.fingerprintOf(jobId) ?? '')));
  }

  async #read(suspects: readonly Suspect[], shards: readonly number[], moved: ReadonlySet<string>): Promise<void> {
    const { source, fresh } = this.#parts;
    const question = fresh.ask();
    const { rows, now } = await source.readRunning(shards);
    this.#compare(suspects, rows, moved, now === undefined ? undefined : fresh.answer(question, now));
  }

  /** @param answer where rows were fetched whole */
  #compare(suspects: readonly Suspect[], rows: readonly (JobRow | LightRow)[], moved: ReadonlySet<string>, answer?: Answer): void {
    const { watched, comparison, clock } = this.#parts;
    const now = clock.monotonic();
    const present = new Set<string>();
    /** Shards in which something is not as it was processed. */
    const changed = new Set<number | undefined>();
    for (const row of rows) {
      present.add(row.jobId);
      const whole = answer !== undefined && 'fingerprint' in row ? { row, answer } : undefined;
      if (comparison.head(row, now, whole)) changed.add(shardOf(row.jobId));
    }
    for (const suspect of suspects) {
      for (const jobId of watched.running().in(suspect.shard)) {
        if (present.has(jobId) || moved.has(jobId)) continue;
        // It has most likely finished: whoever is told reads it.
        comparison.place(jobId, 'left', now);
        changed.add(suspect.shard);
      }
      this.#suspects.remember(suspect, !changed.has(suspect.shard));
    }
  }
}
