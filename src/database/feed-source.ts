/** What a polling feed asks the database; an interface, so that its timing can be tested without one. */
import type { Database } from './database.ts';
import type { LightRow } from './fingerprint.ts';
import { idRanges, shardStart } from './id-shards.ts';
import type { Digest } from './id-shards.ts';
import { readRows, readTime } from './statements/read-rows.ts';
import type { RowsRead } from './statements/read-rows.ts';
import { hasUpdatedAtIndex, lookAtRows, readRunning, runningDigests, scanRunning, scanUpdated, waitingDigests, waitingStarts } from './statements/scan-rows.ts';
import type { RunningRead, SeenRow, UpdatedKey, UpdatedPage } from './statements/scan-rows.ts';

/** All reject with an `OperatorError`. */
export interface FeedSource {
  /** The database's clock, Unix seconds with fraction. */
  time(): Promise<number>;
  hasUpdatedAtIndex(): Promise<boolean>;
  /** What runs, by shard; one where nothing does has no entry. A print is taken of `runningText` (fingerprint.ts). */
  runningDigests(): Promise<ReadonlyMap<number, Digest>>;
  /** What runs in these shards, which are in ascending order; the rows are in none. */
  scanRunning(shards: readonly number[]): Promise<readonly LightRow[]>;
  /** The same with whole rows, save those that no Job can show, and the time: dearer by the row, and what a reconcile needs. */
  readRunning(shards: readonly number[]): Promise<RunningRead>;
  /** What waits in the shards from `start` up to, and without, `end`; one where nothing does has no entry. A print is taken of the id. */
  waitingDigests(start: number, end: number): Promise<ReadonlyMap<number, Digest>>;
  /** The first characters of the ids of what waits in these shards, which are in ascending order; the ids are in none, and `limit` of them means there may be more. */
  waitingStarts(shards: readonly number[], limit: number): Promise<readonly string[]>;
  /** @param seconds how old an `updated_at` may be */
  scanUpdated(seconds: number, after: UpdatedKey | undefined, limit: number): Promise<UpdatedPage>;
  /** Rows by id; an id without an entry has no row, one whose entry is undefined has a row that no Job can show. */
  look(jobIds: readonly string[]): Promise<ReadonlyMap<string, SeenRow | undefined>>;
  /** Whole rows by id, and the time. */
  read(jobIds: readonly string[]): Promise<RowsRead>;
}

export function feedSource(database: Database): FeedSource {
  return {
    time: () => database.use(readTime),
    hasUpdatedAtIndex: () => database.use(hasUpdatedAtIndex),
    runningDigests: () => database.use(runningDigests),
    scanRunning: (shards) => database.use((sql) => scanRunning(sql, idRanges(shards))),
    readRunning: (shards) => database.use((sql) => readRunning(sql, idRanges(shards))),
    waitingDigests: (start, end) => database.use((sql) => waitingDigests(sql, { from: shardStart(start), to: shardStart(end) })),
    waitingStarts: (shards, limit) => database.use((sql) => waitingStarts(sql, idRanges(shards), limit)),
    scanUpdated: (seconds, after, limit) => database.use((sql) => scanUpdated(sql, seconds, after, limit)),
    look: (jobIds) => database.use((sql) => lookAtRows(sql, jobIds)),
    read: (jobIds) => database.use((sql) => readRows(sql, jobIds)),
  };
}
