/** What a polling feed asks the database; an interface, so that its timing can be tested without one. */
import type { RowStatus } from '../job/row.ts';
import type { Database } from './database.ts';
import { readTime } from './statements/read-rows.ts';
import { hasUpdatedAtIndex, lookAtRows, scanStatus, scanUpdated } from './statements/scan-rows.ts';
import type { ScanPage, SeenRow, UpdatedKey } from './statements/scan-rows.ts';

/** All reject with an `OperatorError`. */
export interface FeedSource {
  /** The database's clock, Unix seconds with fraction. */
  time(): Promise<number>;
  hasUpdatedAtIndex(): Promise<boolean>;
  scanStatus(status: RowStatus, after: string, limit: number): Promise<ScanPage<string>>;
  /** @param seconds how old an `updated_at` may be */
  scanUpdated(seconds: number, after: UpdatedKey | undefined, limit: number): Promise<ScanPage<UpdatedKey>>;
  /** Rows by id; an id without an entry has no row, one whose entry is undefined has a row that no Job can show. */
  look(jobIds: readonly string[]): Promise<ReadonlyMap<string, SeenRow | undefined>>;
}

export function feedSource(database: Database): FeedSource {
  return {
    time: () => database.use(readTime),
    hasUpdatedAtIndex: () => database.use(hasUpdatedAtIndex),
    scanStatus: (status, after, limit) => database.use((sql) => scanStatus(sql, status, after, limit)),
    scanUpdated: (seconds, after, limit) => database.use((sql) => scanUpdated(sql, seconds, after, limit)),
    look: (jobIds) => database.use((sql) => lookAtRows(sql, jobIds)),
  };
}
