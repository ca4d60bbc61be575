/** The walk over what waits: round and round, a stretch at a time, at a pace that does not depend on how many there are. */
import type { Clock } from '../engine/clock.ts';
import type { Watched } from './change-feed.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import { NO_ROW } from './fingerprint.ts';
import { SHARDS } from './id-shards.ts';
import { START_LENGTH } from './statements/scan-rows.ts';
import { Suspects, upTo } from './suspects.ts';
import type { Suspect } from './suspects.ts';

/** Entries of the index added up per second: 1.1 ms of the server per thousand, and next to nothing of this process where they are as they were. */
const PACE = 20_000;
/**
 * The same for a while after several were found in one step that nothing else had seen: where jobs end without being seen to run, there are more. One or two may only
 * have begun to run since the look at what runs, a moment before.
 */
const QUICK_PACE = 80_000;
const QUICK_MS = 10_000;
const SEVERAL = 5;
/**
 * A step comes every other look: what waits is in no hurry, and a statement has a price however little it asks for. A longer gap counts
 * as no more: slow looks must not make each other longer.
 */
const LOOKS_PER_STEP = 2;
/** After a step the walk pauses so many times what that took, but no longer than this (ms), so that it takes a quarter of a slow server's time. */
const PAUSE_PER_STEP = 3;
const LONGEST_PAUSE_MS = 2_000;
/** Most entries of one statement. */
const ENTRIES = 20_000;

export interface WaitingWalkParts {
  readonly source: Pick<FeedSource, 'waitingDigests' | 'waitingStarts'>;
  readonly watched: Pick<Watched, 'waiting' | 'fingerprintOf'>;
  readonly comparison: Comparison;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Between two looks, when nothing delays them (ms). */
  readonly intervalMs: number;
}

/**
 * `idx_status` holds the primary key behind the status, so the walk reads the index alone, and never a row that waits. The server adds up what it reads, shard
 * by shard; where the sum differs from that of what is watched, and not by the rows of others that were there last time, the shard's ids are fetched and compared.
 *
 * What it finds is a watched job that should be among the waiting ones and is not: cancelled, removed, or finished so soon that it was
 * never seen running. One that runs by now is found by the look at what runs, at every look.
 *
 * A round over 10,000 waiting rows takes two looks, over 20,000 a second, over 50,000 two and a half; a quarter of that while it finds several at a time, and
 * longer where the server is slow: a step that took long is followed by a pause of three times that.
 */
export class WaitingWalk {
  readonly #parts: WaitingWalkParts;
  /** Where the next stretch begins. */
  #shard = 0;
  /** Entries per shard, as of the last stretch. */
  #density: number | undefined;
  /** Entries that the last statement read beyond what was due: the next steps wait for them. */
  #overdrawn = 0;
  #steppedAt: number | undefined;
  /** Until when it pauses. */
  #pausesUntil = -Infinity;
  /** Jobs found in this step, and when that were several. */
  #found = 0;
  #foundAt = -Infinity;
  readonly #suspects: Suspects;

  constructor(parts: WaitingWalkParts) {
    this.#parts = parts;
    this.#suspects = new Suspects(() => parts.watched.waiting());
  }

  /**
   * As far as the time since the last step goes, and once round at most.
   *
   * @param share of the pace, in (0, 1]
   * @returns how long it took (ms)
   * @throws OperatorError
   */
  async step(startedAt: number, signal: AbortSignal, share = 1): Promise<number> {
    const { source, comparison, clock, intervalMs } = this.#parts;
    if (startedAt < this.#pausesUntil) return 0;
    const beganAt = clock.monotonic();
    const mostMs = LOOKS_PER_STEP * intervalMs;
    const sinceMs = this.#steppedAt === undefined ? mostMs : Math.min(startedAt - this.#steppedAt, mostMs);
    // Half a look is for looks that come a little early.
    if (sinceMs < (LOOKS_PER_STEP - 0.5) * intervalMs) return 0;
    this.#steppedAt = startedAt;
    const pace = startedAt - this.#foundAt < QUICK_MS ? QUICK_PACE : PACE;
    let entries = (pace * share * sinceMs) / 1_000 - this.#overdrawn;
    let shards = SHARDS;
    let least = 0;
    this.#found = 0;
    while (entries > least && shards > 0 && !signal.aborted) {
      const span = Math.min(this.#span(entries), shards, SHARDS - this.#shard);
      const end = this.#shard + span;
      const expected = this.#suspects.expect(this.#shard, end, comparison.moved(startedAt));
      const digests = await source.waitingDigests(this.#shard, end);
      const count = [...digests.values()].reduce((sum, digest) => sum + digest.count, 0);
      this.#density = count / span;
      entries -= count;
      shards -= span;
      await this.#examine(this.#suspects.among(expected, digests), expected.moved, signal);
      this.#shard = end % SHARDS;
      // What is left of less than a shard is not worth another statement.
      least = this.#density;
    }
    this.#overdrawn = Math.max(0, -entries);
    if (this.#found >= SEVERAL) this.#foundAt = startedAt;
    const endedAt = clock.monotonic();
    const tookMs = endedAt - beganAt;
    this.#pausesUntil = endedAt + Math.min(LONGEST_PAUSE_MS, PAUSE_PER_STEP * tookMs);
    return tookMs;
  }

  /** How many shards the next statement adds up: one for a start, since nobody knows what others have in the table. */
  #span(entries: number): number {
    if (this.#density === undefined) return 1;
    return Math.max(1, Math.floor(Math.min(entries, ENTRIES / 2) / Math.max(this.#density, 1)));
  }

  async #examine(suspects: readonly Suspect[], movedIds: readonly string[], signal: AbortSignal): Promise<void> {
    if (suspects.length === 0) return;
    const moved = new Set(movedIds);
    for (let left = suspects; left.length > 0 && !signal.aborted; ) {
      const part = upTo(ENTRIES, left);
      left = left.slice(part.length);
      const starts = await this.#parts.source.waitingStarts(part.map(({ shard }) => shard), 2 * ENTRIES);
      if (starts.length < 2 * ENTRIES) this.#compare(part, new Set(starts), moved);
    }
  }

  #compare(suspects: readonly Suspect[], starts: ReadonlySet<string>, moved: ReadonlySet<string>): void {
    const now = this.#parts.clock.monotonic();
    for (const suspect of suspects) {
      let isInPlace = true;
      for (const jobId of this.#parts.watched.waiting().in(suspect.shard)) {
        const isPresent = starts.has(jobId.slice(0, START_LENGTH));
        if (isPresent ? this.#isKnownToBeThere(jobId) : moved.has(jobId)) continue;
        isInPlace = false;
        this.#tell(jobId, isPresent, now);
      }
      this.#suspects.remember(suspect, isInPlace);
    }
  }

  #isKnownToBeThere(jobId: string): boolean {
    return this.#parts.watched.fingerprintOf(jobId) !== NO_ROW;
  }

  #tell(jobId: string, isPresent: boolean, now: number): void {
    const { comparison } = this.#parts;
    if (isPresent) comparison.place(jobId, 'other', now);
    // One that has begun to run in the meantime is told by the look at what runs, as a rule.
    else if (comparison.isUnfinished(jobId) && comparison.place(jobId, 'left', now)) this.#found += 1;
  }
}
