/** The change feed that every database allows: looking, often, at as little as will do. */
import { systemClock } from '../engine/clock.ts';
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { ChangeFeed, ChangeKind, FeedObserver, Watched } from './change-feed.ts';
import { ChangeReport } from './change-report.ts';
import { Comparison } from './comparison.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { FeedSource } from './feed-source.ts';
import type { FreshRows } from './fresh-rows.ts';
import { FullPass } from './full-pass.ts';
import { HintLook } from './hint-look.ts';
import { KeyLook } from './key-look.ts';
import { RunningLook } from './running-look.ts';
import { UpdatedLook } from './updated-look.ts';
import { WaitingWalk } from './waiting-walk.ts';

/** Up to this many unfinished jobs are asked for by key, a millisecond or two of the server: exact, and cheaper than a scan where others have many active rows. */
const BY_KEY = 200;
/**
 * The pause is at least so many times what the look took, without the walk over what waits, which pauses by itself, so that looking takes a quarter of the server's
 * time where it is the look that is slow; and no longer than this (ms) for it where the server is slow with everything, and who finishes meanwhile should not wait for three looks as well.
 */
const PAUSE_PER_LOOK = 3;
const LONGEST_PAUSE_MS = 1_000;
/** After a look that found something the next one comes after this share of the interval: what has begun to change goes on changing, and many changes at once wait for each other. */
const QUICK_SHARE = 0.85;
/** However often somebody asks for a look, the pause is no shorter (ms). */
const SHORTEST_PAUSE_MS = 25;
/** While somebody else tells what changes, looks come this far apart (ms), unless the interval is longer. */
const RELAXED_MS = 1_000;
/** So do they while more than so many jobs have been found to have ended, and that waits to be acted on: whatever else was found would wait behind these. */
const BACKLOG = 500;
/** What a look reaches back beyond the one before it (s), for stamps of whole seconds and transactions that took a moment to commit. */
const OVERLAP_SECONDS = 3;
/** Every so often (ms) a look reaches back further, for transactions that took long and stamps that are not true. */
const LONG_LOOK_MS = 10_000;
const LONG_OVERLAP_SECONDS = 60;
/** With the index, only rows that vanish have to be walked for. */
const WALK_SHARE_WITH_INDEX = 0.1;
/** The database's clock is asked when nobody has read it for this long (ms). */
const TIME_MS = 1_000;
/** Whether the index is there is asked this often (ms): it can be added while the operator runs. */
const INDEX_CHECK_MS = 60_000;
/** After a failure: 1 s, doubled up to 3 s. It is also what notices that the database is back, and a look at one that is away costs nobody anything. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 3_000;

export interface PollFeedOptions {
  readonly source: FeedSource;
  readonly watched: Watched;
  readonly onChange: (jobId: string, kind: ChangeKind) => void;
  /** Gets the rows that were found changed and read as a whole, and learns of changes of which no row is known. */
  readonly fresh: FreshRows;
  readonly databaseClock: DatabaseClock;
  readonly observer: FeedObserver;
  /** From the beginning of one look to that of the next, when nothing changes and looking is quick. */
  readonly intervalMs: number;
  readonly clock?: Pick<Clock, 'monotonic' | 'sleep'>;
  /** In [0, 1). */
  readonly random?: () => number;
}

/** What a look was like. */
interface Look {
  readonly tookMs: number;
  /** Of these, the walk over what waits. */
  readonly walkedMs: number;
  readonly hasNews: boolean;
}

/**
 * Each look asks for what may have changed since the last one:
 * - with an index on `updated_at`: rows stamped since, whatever their status (updated-look.ts);
 * - without: the unfinished jobs by key while they are few, else what runs (running-look.ts), and some of what
 *   waits (waiting-walk.ts).
 *
 * Besides, a full pass over every watched job, finished ones included, by key and with checksums, spread evenly over
 * less than a minute. It is what makes the quick ways allowed to miss something (fingerprint.ts says what they miss).
 *
 * When a change is told, by what it was, with the default interval of 250 ms and without the index:
 *
 * | change | within |
 * |---|---|
 * | begins to run; a running row finishes, waits again, vanishes, or moves on | one look |
 * | a waiting row finishes or vanishes without having been seen running | two looks for each 10,000 waiting rows in the table, longer on a slow server |
 * | any of these to a row whose id does not begin like a UUID, which is none of the operator's making | 10 s |
 * | any of these beside more than 20,000 rows of others whose ids begin with the same two digits | 45 s |
 * | a finished row changes, unless it runs; a waiting row changes and goes on waiting | 45 s |
 *
 * Somebody else may give hints, too (binlog/binlog-hints.ts). While they come, looks are a second apart; so are they while hundreds of ends that were found wait to be acted on.
 */
export class PollFeed implements ChangeFeed {
  readonly #options: PollFeedOptions;
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly #report: ChangeReport;
  readonly #keys: KeyLook;
  readonly #running: RunningLook;
  readonly #waiting: WaitingWalk;
  readonly #updated: UpdatedLook;
  readonly #pass: FullPass;
  readonly #hints: HintLook;
  #isRelaxed = false;
  /** Ends the pause between two looks. */
  #rest: AbortController | undefined;
  /** Somebody has asked for a look since the last one began. */
  #isWanted = false;
  #hasIndex = false;
  #indexCheckedAt = -Infinity;
  #longLookAt = -Infinity;
  /** When the last look that succeeded began, monotonic ms. */
  #lookedAt: number | undefined;

  constructor(options: PollFeedOptions) {
    const { source, watched, fresh, intervalMs, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#report = new ChangeReport(options.onChange);
    const comparison = new Comparison(watched, this.#report, fresh);
    const keys = new KeyLook({ source, comparison, fresh, clock });
    this.#keys = keys;
    this.#running = new RunningLook({ source, watched, comparison, fresh, clock });
    this.#waiting = new WaitingWalk({ source, watched, comparison, clock, intervalMs });
    this.#updated = new UpdatedLook({ source, comparison, clock });
    this.#pass = new FullPass(watched, intervalMs);
    this.#hints = new HintLook({ watched, keys, clock, onDropped: () => this.lookNow() });
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#poll(signal), this.#hints.run(signal)]);
  }

  /** These rows may have changed: they are looked at at once. */
  hint(jobIds: Iterable<string>): void {
    this.#hints.add(jobIds);
  }

  /** Something may have changed: the next look comes as soon as it may. An outage is waited out. */
  lookNow(): void {
    this.#isWanted = true;
    this.#rest?.abort();
  }

  /** While hints come, looking is what finds those that do not, and can take its time. */
  relax(isRelaxed: boolean): void {
    this.#isRelaxed = isRelaxed;
    this.lookNow();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { observer, random = Math.random } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = this.#clock.monotonic();
      const toldBefore = this.#report.count;
      this.#isWanted = false;
      let walkedMs: number;
      try {
        walkedMs = await this.#look(startedAt, signal);
      } catch (error) {
        // A failed look says nothing about any row.
        if (!(error instanceof OperatorError)) throw error;
        const retryMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.75 + random() / 4);
        failures += 1;
        observer.failed(error, retryMs);
        await this.#clock.sleep(retryMs, signal);
        continue;
      }
      const endedAt = this.#clock.monotonic();
      observer.looked((endedAt - (this.#lookedAt ?? startedAt)) / 1000);
      this.#lookedAt = startedAt;
      failures = 0;
      await this.#pause({ tookMs: endedAt - startedAt, walkedMs, hasNews: this.#report.count > toldBefore }, signal);
    }
  }

  async #pause({ tookMs, walkedMs, hasNews }: Look, signal: AbortSignal): Promise<void> {
    const { intervalMs } = this.#options;
    const mayRelax = this.#isRelaxed || this.#report.ended(this.#clock.monotonic()).length > BACKLOG;
    const dueMs = mayRelax ? Math.max(RELAXED_MS, intervalMs) : intervalMs * (hasNews ? QUICK_SHARE : 1);
    const leastMs = Math.max(Math.min(SHORTEST_PAUSE_MS, intervalMs), Math.min(LONGEST_PAUSE_MS, PAUSE_PER_LOOK * (tookMs - walkedMs)));
    await this.#clock.sleep(leastMs, signal);
    const restMs = dueMs - tookMs - leastMs;
    if (restMs <= 0 || this.#isWanted || signal.aborted) return;
    const rest = new AbortController();
    const stop = (): void => rest.abort();
    this.#rest = rest;
    signal.addEventListener('abort', stop);
    await this.#clock.sleep(restMs, rest.signal);
    signal.removeEventListener('abort', stop);
  }

  /** @returns how much of it was the walk over what waits (ms) */
  async #look(startedAt: number, signal: AbortSignal): Promise<number> {
    const { source, fresh, databaseClock } = this.#options;
    // Also what notices that the database is back when nobody else tries.
    if (startedAt - (databaseClock.readAt() ?? -Infinity) >= TIME_MS) databaseClock.note(await source.time(), this.#clock.monotonic());
    if (startedAt - this.#indexCheckedAt >= INDEX_CHECK_MS) {
      this.#hasIndex = await source.hasUpdatedAtIndex();
      this.#indexCheckedAt = startedAt;
    }
    const isLong = startedAt - this.#longLookAt >= LONG_LOOK_MS;
    fresh.forgetOld();
    const walkedMs = await this.#lookAtUnfinished(startedAt, isLong, signal);
    if (isLong) this.#longLookAt = startedAt;
    await this.#keys.look(this.#pass.due(startedAt), signal);
    return walkedMs;
  }

  async #lookAtUnfinished(startedAt: number, isLong: boolean, signal: AbortSignal): Promise<number> {
    const { watched } = this.#options;
    const running = watched.running();
    const waiting = watched.waiting();
    let walkedMs = 0;
    if (this.#hasIndex) {
      const sinceSeconds = Math.ceil((startedAt - (this.#lookedAt ?? startedAt)) / 1000);
      await this.#updated.look(sinceSeconds + (isLong ? LONG_OVERLAP_SECONDS : OVERLAP_SECONDS), signal);
      if (isLong) await this.#running.look(signal);
      walkedMs = await this.#waiting.step(startedAt, signal, WALK_SHARE_WITH_INDEX);
    } else if (running.size + waiting.size <= BY_KEY) {
      await this.#keys.lookAtSuspects([...new Set([...running, ...waiting])], signal);
    } else {
      await this.#running.look(signal);
      walkedMs = await this.#waiting.step(startedAt, signal);
    }
    // Ids that are in no shard, because they are none of the operator's making.
    if (isLong) await this.#keys.lookAtSuspects([...running.others(), ...waiting.others()], signal);
    return walkedMs;
  }
}
