/** The sweep's side of the table: what has expired, and its removal in small commits. */
import { systemClock } from '../engine/clock.ts';
import type { Clock } from '../engine/clock.ts';
import type { JobRow } from '../job/row.ts';
import type { Database } from './database.ts';
import { retryBusy } from './retry-busy.ts';
import { countExpiredUnfinished, findExpired, removeForeignExpired, removeShownExpired } from './statements/sweep-rows.ts';
import type { ExpiredKey, ExpiredPage } from './statements/sweep-rows.ts';

/** All reject with an `OperatorError`. */
export interface ExpiredRows {
  /** Expired rows in the order of their expiry, unfinished ones among them. */
  page(after: ExpiredKey | undefined, limit: number): Promise<ExpiredPage>;
  /** @returns how many of these rows, which no resource is known to have, were finished and expired for `graceSeconds`, and went */
  removeForeign(jobIds: readonly string[], graceSeconds: number): Promise<number>;
  /** Lets `isShown` judge each row as it stands under lock. @returns the ids that went */
  removeShown(jobIds: readonly string[], isShown: (row: JobRow) => boolean): Promise<readonly string[]>;
  countUnfinished(): Promise<number>;
}

export function createExpiredRows(database: Database, clock: Pick<Clock, 'sleep'> = systemClock): ExpiredRows {
  return {
    page: (after, limit) => database.use((sql) => findExpired(sql, after, limit)),
    removeForeign: (jobIds, graceSeconds) => retryBusy(() => database.use((sql) => removeForeignExpired(sql, jobIds, graceSeconds)), clock),
    removeShown: (jobIds, isShown) => retryBusy(() => removeShownExpired(database, jobIds, isShown), clock),
    countUnfinished: () => database.use(countExpiredUnfinished),
  };
}
