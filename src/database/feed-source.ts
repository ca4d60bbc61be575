/** What a polling feed asks the database; an interface, so that its timing can be tested without one. */
import type { Database } from './database.ts';
import { readTime } from './statements/read-rows.ts';
import { hasUpdatedAtIndex, lookAtRows, runningIds, scanRunning, scanUpdated, waitingStarts } from './statements/scan-rows.ts';
import type { ScanPage, SeenRow, UpdatedKey } from './statements/scan-rows.ts';

/** All reject with an `OperatorError`. */
export interface FeedSource {
  /** The database's clock, Unix seconds with fraction. */
  time(): Promise<number>;
  hasUpdatedAtIndex(): Promise<boolean>;
  /** @param seconds how old an `updated_at` may be; undefined: any age */
  scanRunning(seconds: number | undefined, after: string, limit: number): Promise<ScanPage<string>>;
  /** In order, those above `after`; fewer than `limit` means there are no more. */
  runningIds(after: string, limit: number): Promise<readonly string[]>;
  /** The first characters of the ids of waiting rows in [from, to), in no order; `limit` of them means there may be more. */
  waitingStarts(from: string, to: string, limit: number): Promise<readonly string[]>;
  /** @param seconds how old an `updated_at` may be */
  scanUpdated(seconds: number, after: UpdatedKey | undefined, limit: number): Promise<ScanPage<UpdatedKey>>;
  /** Rows by id; an id without an entry has no row, one whose entry is undefined has a row that no Job can show. */
  look(jobIds: readonly string[]): Promise<ReadonlyMap<string, SeenRow | undefined>>;
}

export function feedSource(database: Database): FeedSource {
  return {
    time: () => database.use(readTime),
    hasUpdatedAtIndex: () => database.use(hasUpdatedAtIndex),
    scanRunning: (seconds, after, limit) => database.use((sql) => scanRunning(sql, seconds, after, limit)),
    runningIds: (after, limit) => database.use((sql) => runningIds(sql, after, limit)),
    waitingStarts: (from, to, limit) => database.use((sql) => waitingStarts(sql, from, to, limit)),
    scanUpdated: (seconds, after, limit) => database.use((sql) => scanUpdated(sql, seconds, after, limit)),
    look: (jobIds) => database.use((sql) => lookAtRows(sql, jobIds)),
  };
}
