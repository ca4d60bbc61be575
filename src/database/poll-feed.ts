/** The change feed that every database allows: looking, often, at as little as will do. */
import { systemClock } from '../engine/clock.ts';
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { ChangeFeed, ChangeKind, FeedObserver, Watched } from './change-feed.ts';
import { ChangeReport, changeKind } from './change-report.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { FeedSource } from './feed-source.ts';
import { NO_ROW, isFinishedFingerprint, lightFingerprint, sameHead } from './fingerprint.ts';
import type { LightRow } from './fingerprint.ts';
import { FullPass } from './full-pass.ts';
import type { SeenRow, UpdatedKey } from './statements/scan-rows.ts';

/** Up to this many unfinished jobs are asked for by key: cheaper than any scan, whoever else's rows are active. */
const BY_KEY = 200;
/** Rows of one page of a scan: some 20 ms of the event loop. */
const PAGE = 2_000;
/** Ids of one look-up. */
const LOOK = 500;
/** Looking may take this share of the time: the pause is at least so many times what the look took. */
const PAUSE_PER_LOOK = 4;
/** With the index: what a look reaches back beyond the one before it (s), for stamps of whole seconds and transactions that took a moment to commit. */
const OVERLAP_SECONDS = 3;
/** With the index: every so often (ms) a look reaches back further (s), for transactions that took long, and counts the active rows. */
const LONG_LOOK_MS = 10_000;
const LONG_OVERLAP_SECONDS = 60;
/** Whether the index is there is asked this often (ms): it can be added while the operator runs. */
const INDEX_CHECK_MS = 60_000;
/** After a failure: 1 s, doubled up to 10 s. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;

/** In place of the fingerprint of a row whose status is none of the known ones. */
const UNREADABLE = 'unreadable';

export interface PollFeedOptions {
  readonly source: FeedSource;
  readonly watched: Watched;
  readonly onChange: (jobId: string, kind: ChangeKind) => void;
  readonly databaseClock: DatabaseClock;
  readonly observer: FeedObserver;
  /** Least pause between two looks. */
  readonly intervalMs: number;
  readonly clock?: Pick<Clock, 'monotonic' | 'sleep'>;
  /** In [0, 1). */
  readonly random?: () => number;
}

/**
 * Each look asks for the clock, then for what may have changed since the last one:
 * - with an index on `updated_at`: rows stamped since, whatever their status; now and then the active rows, too;
 * - without: the unfinished jobs by key while they are few, else all active rows, and by key those that are no longer among them.
 *
 * Besides, a full pass over every watched job, finished ones included, by key and with checksums, spread evenly over
 * less than a minute. It is what makes the quick ways allowed to miss something (fingerprint.ts says what they miss).
 */
export class PollFeed implements ChangeFeed {
  readonly #options: PollFeedOptions;
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly #report: ChangeReport;
  readonly #pass: FullPass;
  #hasIndex = false;
  #indexCheckedAt = -Infinity;
  #longLookAt = -Infinity;
  /** When the last look that succeeded began, monotonic ms. */
  #lookedAt: number | undefined;

  constructor(options: PollFeedOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#report = new ChangeReport(options.onChange);
    this.#pass = new FullPass(options.watched, options.intervalMs);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { observer, intervalMs, random = Math.random } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = this.#clock.monotonic();
      let waitMs: number;
      try {
        await this.#look(startedAt, signal);
        const endedAt = this.#clock.monotonic();
        observer.looked((endedAt - (this.#lookedAt ?? startedAt)) / 1000);
        this.#lookedAt = startedAt;
        failures = 0;
        waitMs = Math.max(intervalMs, PAUSE_PER_LOOK * (endedAt - startedAt));
      } catch (error) {
        // A failed look says nothing about any row.
        if (!(error instanceof OperatorError)) throw error;
        waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.75 + random() / 4);
        failures += 1;
        observer.failed(error, waitMs);
      }
      await this.#clock.sleep(waitMs, signal);
    }
  }

  async #look(startedAt: number, signal: AbortSignal): Promise<void> {
    const { source, databaseClock, watched } = this.#options;
    // Also what notices that the database is back when nobody else tries.
    const now = await source.time();
    databaseClock.note(now, this.#clock.monotonic());
    if (startedAt - this.#indexCheckedAt >= INDEX_CHECK_MS) {
      this.#hasIndex = await source.hasUpdatedAtIndex();
      this.#indexCheckedAt = startedAt;
      this.#report.forgetOld(startedAt);
    }
    if (this.#hasIndex) {
      await this.#lookAtUpdated(startedAt, signal);
    } else {
      const few = firstOf(watched.unfinished(), BY_KEY + 1);
      if (few.length <= BY_KEY) await this.#lookByKey(few, signal);
      else await this.#lookAtActive(signal);
    }
    await this.#lookByKey(this.#pass.due(startedAt), signal);
  }

  async #lookAtUpdated(startedAt: number, signal: AbortSignal): Promise<void> {
    const long = startedAt - this.#longLookAt >= LONG_LOOK_MS;
    const sinceSeconds = (startedAt - (this.#lookedAt ?? startedAt)) / 1000;
    const seconds = Math.ceil(sinceSeconds) + (long ? LONG_OVERLAP_SECONDS : OVERLAP_SECONDS);
    await this.#pages<UpdatedKey>((after) => this.#options.source.scanUpdated(seconds, after, PAGE), signal);
    if (long) {
      await this.#lookAtActive(signal);
      this.#longLookAt = startedAt;
    }
  }

  async #lookAtActive(signal: AbortSignal): Promise<void> {
    const { source, watched } = this.#options;
    const active = new Set<string>();
    // Pending before running: a row that starts in between is seen twice rather than not at all.
    for (const status of ['pending', 'running'] as const) {
      await this.#pages<string>((after) => source.scanStatus(status, after ?? '', PAGE), signal, active);
    }
    const left: string[] = [];
    for (const jobId of watched.unfinished()) {
      if (active.has(jobId)) continue;
      const known = watched.fingerprintOf(jobId);
      if (known !== undefined && known !== NO_ROW && !isFinishedFingerprint(known)) left.push(jobId);
    }
    await this.#lookByKey(left, signal);
  }

  async #pages<Key>(
    page: (after: Key | undefined) => Promise<{ readonly rows: readonly LightRow[]; readonly next: Key | undefined }>,
    signal: AbortSignal,
    seen?: Set<string>,
  ): Promise<void> {
    let after: Key | undefined;
    do {
      const { rows, next } = await page(after);
      const now = this.#clock.monotonic();
      for (const row of rows) {
        seen?.add(row.jobId);
        this.#compareHead(row, now);
      }
      after = next;
    } while (after !== undefined && !signal.aborted);
  }

  async #lookByKey(jobIds: readonly string[], signal: AbortSignal): Promise<void> {
    for (let start = 0; start < jobIds.length && !signal.aborted; start += LOOK) {
      const part = jobIds.slice(start, start + LOOK);
      const seen = await this.#options.source.look(part);
      const now = this.#clock.monotonic();
      for (const jobId of part) {
        if (seen.has(jobId)) this.#compare(jobId, seen.get(jobId), now);
        else this.#compareMissing(jobId, now);
      }
    }
  }

  #compareHead(row: LightRow, now: number): void {
    const known = this.#options.watched.fingerprintOf(row.jobId);
    // Somebody else's row, or a job that waits to be processed anyway.
    if (known === undefined) return;
    if (sameHead(known, row)) this.#report.settle(row.jobId);
    else this.#report.tell(row.jobId, changeKind(known, row), lightFingerprint(row), now);
  }

  #compare(jobId: string, row: SeenRow | undefined, now: number): void {
    const known = this.#options.watched.fingerprintOf(jobId);
    if (row === undefined) this.#report.tell(jobId, 'other', UNREADABLE, now);
    else if (row.fingerprint === known) this.#report.settle(jobId);
    else this.#report.tell(jobId, changeKind(known, row), row.fingerprint, now);
  }

  #compareMissing(jobId: string, now: number): void {
    const known = this.#options.watched.fingerprintOf(jobId);
    // Not processed yet: its INSERT may be under way.
    if (known === undefined) return;
    if (known === NO_ROW) this.#report.settle(jobId);
    else this.#report.tell(jobId, 'missing', NO_ROW, now);
  }
}

function firstOf(jobIds: Iterable<string>, count: number): string[] {
  const first: string[] = [];
  for (const jobId of jobIds) {
    if (first.length === count) break;
    first.push(jobId);
  }
  return first;
}
