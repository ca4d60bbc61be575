/** The walk over what waits: round and round, a stretch at a time, at a pace that does not depend on how many there are. */
import type { Clock } from '../engine/clock.ts';
import type { Watched } from './change-feed.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import { NO_ROW } from './fingerprint.ts';
import { SHARDS, shardStart } from './id-shards.ts';
import { START_LENGTH } from './statements/scan-rows.ts';

/** Entries of the index read per second: some 0.4 ms of the server and 0.2 ms of this process per thousand. */
const PACE = 20_000;
/** The same for a while after something was found that nothing else had seen: where jobs end without being seen to run, there are more. */
const QUICK_PACE = 80_000;
const QUICK_MS = 10_000;
/**
 * A step comes every other look: what waits is in no hurry, and a statement has a price however little it asks for. A longer gap counts
 * as no more: slow looks must not make each other longer.
 */
const LOOKS_PER_STEP = 2;
/** Most entries of one statement. */
const ENTRIES = 20_000;

export interface WaitingWalkParts {
  readonly source: Pick<FeedSource, 'waitingStarts'>;
  readonly watched: Pick<Watched, 'waiting' | 'fingerprintOf'>;
  readonly comparison: Comparison;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Between two looks, when nothing delays them (ms). */
  readonly intervalMs: number;
}

/**
 * `idx_status` holds the primary key behind the status, so the walk reads the index alone, and never a row that waits. What it finds is a watched
 * job that should be among the waiting ones and is not: cancelled, removed, or finished so soon that it was never seen running. One that
 * runs by now is found by the look at what runs, at every look.
 *
 * A round over 10,000 waiting rows takes two looks, over 20,000 a second, over 50,000 two and a half; a quarter of that while it finds something.
 */
export class WaitingWalk {
  readonly #parts: WaitingWalkParts;
  /** Where the next stretch begins. */
  #shard = 0;
  /** Entries per shard, as of the last stretch. */
  #density: number | undefined;
  #steppedAt: number | undefined;
  #foundAt = -Infinity;

  constructor(parts: WaitingWalkParts) {
    this.#parts = parts;
  }

  /**
   * As far as the time since the last step goes, and once round at most.
   *
   * @param share of the pace, in (0, 1]
   * @throws OperatorError
   */
  async step(startedAt: number, signal: AbortSignal, share = 1): Promise<void> {
    const { intervalMs } = this.#parts;
    const mostMs = LOOKS_PER_STEP * intervalMs;
    const sinceMs = this.#steppedAt === undefined ? mostMs : Math.min(startedAt - this.#steppedAt, mostMs);
    // Half a look is for looks that come a little early.
    if (sinceMs < (LOOKS_PER_STEP - 0.5) * intervalMs) return;
    this.#steppedAt = startedAt;
    const pace = startedAt - this.#foundAt < QUICK_MS ? QUICK_PACE : PACE;
    let entries = (pace * share * sinceMs) / 1_000;
    let shards = SHARDS;
    while (entries > 0 && shards > 0 && !signal.aborted) {
      const density = this.#density ?? this.#parts.watched.waiting().size / SHARDS;
      const wanted = Math.floor(Math.min(entries, ENTRIES / 2) / Math.max(density, 1));
      const end = Math.min(this.#shard + Math.max(1, Math.min(wanted, shards)), SHARDS);
      const span = end - this.#shard;
      const starts = await this.#parts.source.waitingStarts(shardStart(this.#shard), shardStart(end), ENTRIES + 1);
      entries -= starts.length;
      this.#density = starts.length / span;
      if (starts.length <= ENTRIES) this.#compare(end, new Set(starts));
      // What cannot be read as a whole cannot be compared: half of it is tried next, and a single shard is left to the full pass.
      else if (span > 1) continue;
      shards -= span;
      this.#shard = end === SHARDS ? 0 : end;
    }
  }

  #compare(end: number, starts: ReadonlySet<string>): void {
    const { watched, comparison, clock } = this.#parts;
    const now = clock.monotonic();
    for (const jobId of watched.waiting().between(this.#shard, end)) {
      if (starts.has(jobId.slice(0, START_LENGTH))) {
        if (watched.fingerprintOf(jobId) === NO_ROW) comparison.place(jobId, 'other', now);
      } else if (comparison.isUnfinished(jobId) && comparison.place(jobId, 'left', now)) {
        // One that has begun to run in the meantime is told by the look at what runs, as a rule.
        this.#foundAt = now;
      }
    }
  }
}
