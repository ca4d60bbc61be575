/** What a polling feed asks the database; an interface, so that its timing can be tested without one. */
import type { Database } from './database.ts';
import { idRanges, shardStart } from './id-shards.ts';
import type { Digest } from './id-shards.ts';
import { readTime } from './statements/read-rows.ts';
import { hasUpdatedAtIndex, lookAtRows, scanRunning, scanUpdated, waitingDigests, waitingStarts } from './statements/scan-rows.ts';
import type { RunningPage, SeenRow, UpdatedKey, UpdatedPage } from './statements/scan-rows.ts';

/** All reject with an `OperatorError`. */
export interface FeedSource {
  /** The database's clock, Unix seconds with fraction. */
  time(): Promise<number>;
  hasUpdatedAtIndex(): Promise<boolean>;
  /** In the order of ids, those above `after`. @param seconds how old the `updated_at` of a recent row may be; undefined: any age */
  scanRunning(seconds: number | undefined, after: string, limit: number): Promise<RunningPage>;
  /** What waits in the shards from `start` up to, and without, `end`; one where nothing does has no entry. */
  waitingDigests(start: number, end: number): Promise<ReadonlyMap<number, Digest>>;
  /** The first characters of the ids of what waits in these shards, which are in ascending order; the ids are in none, and `limit` of them means there may be more. */
  waitingStarts(shards: readonly number[], limit: number): Promise<readonly string[]>;
  /** @param seconds how old an `updated_at` may be */
  scanUpdated(seconds: number, after: UpdatedKey | undefined, limit: number): Promise<UpdatedPage>;
  /** Rows by id; an id without an entry has no row, one whose entry is undefined has a row that no Job can show. */
  look(jobIds: readonly string[]): Promise<ReadonlyMap<string, SeenRow | undefined>>;
}

export function feedSource(database: Database): FeedSource {
  return {
    time: () => database.use(readTime),
    hasUpdatedAtIndex: () => database.use(hasUpdatedAtIndex),
    scanRunning: (seconds, after, limit) => database.use((sql) => scanRunning(sql, seconds, after, limit)),
    waitingDigests: (start, end) => database.use((sql) => waitingDigests(sql, shardStart(start), shardStart(end))),
    waitingStarts: (shards, limit) => database.use((sql) => waitingStarts(sql, idRanges(shards), limit)),
    scanUpdated: (seconds, after, limit) => database.use((sql) => scanUpdated(sql, seconds, after, limit)),
    look: (jobIds) => database.use((sql) => lookAtRows(sql, jobIds)),
  };
}
