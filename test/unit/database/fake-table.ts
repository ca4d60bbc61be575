/** A jobs table in memory, as a polling feed asks for it, with a count of what was asked. */
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import type { FeedSource } from '../../../src/database/feed-source.ts';
import { NO_ROW, fingerprint, runningText } from '../../../src/database/fingerprint.ts';
import type { LightRow } from '../../../src/database/fingerprint.ts';
import { FreshRows } from '../../../src/database/fresh-rows.ts';
import type { Digest } from '../../../src/database/id-shards.ts';
import { IdShards, SHARDS, shardOf } from '../../../src/database/id-shards.ts';
import { START_LENGTH } from '../../../src/database/statements/scan-rows.ts';
import type { SeenRow } from '../../../src/database/statements/scan-rows.ts';
import { OperatorError } from '../../../src/errors.ts';
import type { JobRow } from '../../../src/job/row.ts';
import { KnownJobs } from '../../support/known-jobs.ts';

/** Unix seconds at which its clock begins. */
export const START = 1_700_000_000;

export class FakeTable implements FeedSource {
  readonly rows = new Map<string, SeenRow>();
  /** Rows whose status is none of the known ones. */
  readonly unreadable = new Set<string>();
  readonly asked: string[] = [];
  /** Index entries added up for the walk over what waits. */
  entries = 0;
  /** Ids fetched for it. */
  named = 0;
  /** Running rows fetched for a comparison. */
  scanned = 0;
  /** Rows read by key. */
  looks = 0;
  index = false;
  failure: Error | undefined;
  /** Unix seconds, with fraction. */
  now = START;

  /** What an UPDATE of the row does that is committed now; `updatedAt` is when it was executed, unless told otherwise: now. */
  put(jobId: string, row: Partial<LightRow> & { readonly resultCrc?: number } = {}): void {
    const light: LightRow = { jobId, status: 'pending', progress: 0, updatedAt: Math.floor(this.now), completedAt: null, ttlExpiresAt: null, ...row };
    this.rows.set(jobId, { ...light, fingerprint: fingerprint(light, { resultCrc: row.resultCrc ?? null, errorCrc: null }) });
  }

  time(): Promise<number> {
    return this.#answer('time', () => this.now);
  }

  hasUpdatedAtIndex(): Promise<boolean> {
    return this.#answer('index', () => this.index);
  }

  runningDigests(): ReturnType<FeedSource['runningDigests']> {
    return this.#answer('running-digests', () => {
      const shards = new IdShards();
      for (const { jobId, fingerprint: known } of this.#known(isRunning)) shards.set(jobId, runningText(jobId, known));
      return digestsOf(shards, 0, SHARDS);
    });
  }

  scanRunning(shards: readonly number[]): ReturnType<FeedSource['scanRunning']> {
    return this.#answer('scan', () => this.#scan(shards));
  }

  readRunning(shards: readonly number[]): ReturnType<FeedSource['readRunning']> {
    return this.#answer('scan', () => {
      const found = this.#scan(shards);
      return { rows: found.map(wholeRow), now: found.length === 0 ? undefined : this.now };
    });
  }

  read(jobIds: readonly string[]): ReturnType<FeedSource['read']> {
    return this.#answer('read', () => ({ rows: new Map(jobIds.flatMap((jobId) => this.#whole(jobId))), now: this.now }));
  }

  waitingDigests(start: number, end: number): ReturnType<FeedSource['waitingDigests']> {
    return this.#answer('waiting-digests', () => {
      const shards = new IdShards();
      for (const jobId of this.#waiting((shard) => shard >= start && shard < end)) shards.set(jobId, jobId);
      this.entries += shards.size;
      return digestsOf(shards, start, end);
    });
  }

  waitingStarts(shards: readonly number[], limit: number): Promise<readonly string[]> {
    return this.#answer('waiting-ids', () => {
      const wanted = new Set(shards);
      const found = [...this.#waiting((shard) => wanted.has(shard))].slice(0, limit);
      this.named += found.length;
      return found.map((jobId) => jobId.slice(0, START_LENGTH));
    });
  }

  scanUpdated(seconds: number): ReturnType<FeedSource['scanUpdated']> {
    return this.#answer('watermark', () => ({ rows: this.#known(({ updatedAt }) => this.#isRecent(updatedAt, seconds)), next: undefined }));
  }

  look(jobIds: readonly string[]): ReturnType<FeedSource['look']> {
    return this.#answer('look', () => {
      this.looks += jobIds.length;
      return new Map(jobIds.flatMap((jobId) => (this.rows.has(jobId) ? [[jobId, this.unreadable.has(jobId) ? undefined : this.rows.get(jobId)]] : [])));
    });
  }

  #scan(shards: readonly number[]): SeenRow[] {
    const found = this.#known((row) => isRunning(row) && shards.includes(shardOf(row.jobId) ?? SHARDS));
    this.scanned += found.length;
    return found;
  }

  #whole(jobId: string): [string, JobRow | OperatorError][] {
    const row = this.rows.get(jobId);
    if (row === undefined) return [];
    return [[jobId, this.unreadable.has(jobId) ? new OperatorError('DATABASE_REFUSED', 'a status that nobody knows') : wholeRow(row)]];
  }

  *#waiting(isWanted: (shard: number) => boolean): Generator<string> {
    for (const { jobId, status } of this.rows.values()) {
      const shard = shardOf(jobId);
      if (status === 'pending' && shard !== undefined && isWanted(shard) && !this.unreadable.has(jobId)) yield jobId;
    }
  }

  #isRecent(updatedAt: number | null, seconds: number): boolean {
    return updatedAt !== null && updatedAt >= Math.floor(this.now) - seconds;
  }

  #known(filter: (row: SeenRow) => boolean): SeenRow[] {
    return [...this.rows.values()].filter((row) => !this.unreadable.has(row.jobId) && filter(row)).toSorted((left, right) => (left.jobId < right.jobId ? -1 : 1));
  }

  #answer<Result>(name: string, result: () => Result): Promise<Result> {
    this.asked.push(name);
    return this.failure === undefined ? Promise.resolve(result()) : Promise.reject(this.failure);
  }
}

/** Where what is read as a whole is kept for these jobs. */
export function freshRowsFor(watched: KnownJobs, clock: { monotonic(): number }): FreshRows {
  return new FreshRows({ watched, databaseClock: createDatabaseClock(), clock });
}

/** What a controller knows of its jobs, kept by one that processes them from that table. */
export class FakeJobs extends KnownJobs {
  /** The controller has processed the row as it is now. */
  process(table: FakeTable, jobId: string): void {
    // One that no Job can show is not processed: its reconcile fails.
    if (!table.unreadable.has(jobId)) this.set(jobId, table.rows.get(jobId)?.fingerprint ?? NO_ROW);
  }
}

function wholeRow(row: SeenRow): JobRow {
  return { ...row, type: 'clone', result: null, resultBytes: 0, error: null, createdAt: START };
}

function isRunning({ status }: LightRow): boolean {
  return status === 'running';
}

/** As a server tells them: nothing of a shard without a row. */
function digestsOf(shards: IdShards, start: number, end: number): ReadonlyMap<number, Digest> {
  const digests = new Map<number, Digest>();
  for (let shard = start; shard < end; shard += 1) {
    const digest = shards.digest(shard);
    if (digest.count > 0) digests.set(shard, digest);
  }
  return digests;
}
