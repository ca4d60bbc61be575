/** The sweep's side of the table: what has expired, and its removal in small commits. */
import { systemClock } from '../engine/clock.ts';
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { JobRow } from '../job/row.ts';
import type { Database } from './database.ts';
import { isKeyedId } from './keyed-id.ts';
import { retryBusy } from './retry-busy.ts';
import { hasTombstones } from './shape.ts';
import { KEYED_REMOVAL_ROWS, removeKeyedRows } from './statements/remove-keyed-rows.ts';
import type { KeyedRemoval } from './statements/remove-keyed-rows.ts';
import { countExpiredUnfinished, findExpired, IS_SWEEPABLE, isForeignSweepable, removeForeignExpired, removeShownExpired } from './statements/sweep-rows.ts';
import type { ExpiredKey, ExpiredPage } from './statements/sweep-rows.ts';
import { purgeTombstones } from './statements/tombstone-rows.ts';

/** Tombstones that go in one commit. */
const PURGE_BATCH = 500;
/** Commits of one purge, so that it ends soon; the next goes on. */
const PURGE_BATCHES = 40;

/** All reject with an `OperatorError`. */
export interface ExpiredRows {
  /** Expired rows in the order of their expiry, unfinished ones among them. */
  page(after: ExpiredKey | undefined, limit: number): Promise<ExpiredPage>;
  /** @returns how many of these rows, which no resource is known to have, were finished and expired for `graceSeconds`, and went */
  removeForeign(jobIds: readonly string[], graceSeconds: number): Promise<number>;
  /**
   * Lets `isShown` judge each row as it stands under lock. A row with a key leaves a tombstone; without a
   * table for it, it stays.
   *
   * @returns the ids that went
   */
  removeShown(jobIds: readonly string[], isShown: (row: JobRow) => boolean): Promise<readonly string[]>;
  countUnfinished(): Promise<number>;
  /** Forgets tombstones that are older than `days` (TOMBSTONE_TTL_DAYS), up to 20,000 at a time. @returns how many went; 0 without their table */
  purgeTombstones(days: number): Promise<number>;
}

export function createExpiredRows(database: Database, clock: Pick<Clock, 'sleep'> = systemClock): ExpiredRows {
  const retried = <Result>(work: () => Promise<Result>): Promise<Result> => retryBusy(work, clock);

  /** Each transaction is tried again by itself: what the ones before it removed has gone. */
  const removeKeyed = async (jobIds: readonly string[], removal: KeyedRemoval): Promise<readonly string[]> => {
    const removed: string[] = [];
    for (let at = 0; at < jobIds.length; at += KEYED_REMOVAL_ROWS) {
      const part = jobIds.slice(at, at + KEYED_REMOVAL_ROWS);
      removed.push(...(await retried(() => removeKeyedRows(database, part, removal))));
    }
    return removed;
  };

  return {
    page: (after, limit) => database.use((sql) => findExpired(sql, after, limit)),
    async removeForeign(jobIds, graceSeconds) {
      const keyed = jobIds.filter((jobId) => isKeyedId(jobId));
      // Without the table these go like all others: keyed Jobs are refused then, so that none of these rows can be ours.
      const buried = keyed.length > 0 && (await database.use(hasTombstones)) ? keyed : [];
      const plain = buried.length === 0 ? jobIds : jobIds.filter((jobId) => !isKeyedId(jobId));
      const count = plain.length === 0 ? 0 : await retried(() => database.use((sql) => removeForeignExpired(sql, plain, graceSeconds)));
      const removal: KeyedRemoval = { name: 'sweep', guard: isForeignSweepable(graceSeconds), isDoomed: () => true };
      return count + (await removeKeyed(buried, removal)).length;
    },
    async removeShown(jobIds, isShown) {
      const keyed = jobIds.filter((jobId) => isKeyedId(jobId));
      const plain = jobIds.filter((jobId) => !isKeyedId(jobId));
      const removed = plain.length === 0 ? [] : await retried(() => removeShownExpired(database, plain, isShown));
      // A resource shows these, so they were accepted while there was a table. If it has been dropped since, they wait for its return.
      if (keyed.length === 0 || !(await database.use(hasTombstones))) return removed;
      const isDoomed = (row: JobRow | OperatorError): boolean => !(row instanceof OperatorError) && isShown(row);
      return [...removed, ...(await removeKeyed(keyed, { name: 'sweep', guard: IS_SWEEPABLE, isDoomed }))];
    },
    countUnfinished: () => database.use(countExpiredUnfinished),
    async purgeTombstones(days) {
      if (!(await database.use(hasTombstones))) return 0;
      let purged = 0;
      for (let batch = 0; batch < PURGE_BATCHES; batch += 1) {
        const removed = await retried(() => database.use((sql) => purgeTombstones(sql, days, PURGE_BATCH)));
        purged += removed;
        if (removed < PURGE_BATCH) break;
      }
      return purged;
    },
  };
}
