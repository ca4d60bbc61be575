/** What the sweep asks and removes. Ids come from an index, rows go by primary key in small commits with the whole condition repeated. Keyed rows go by remove-keyed-rows.ts. */
import { format } from 'mysql2';
import type { RowDataPacket } from 'mysql2';
import { OperatorError } from '../../errors.ts';
import type { JobRow } from '../../job/row.ts';
import type { Database, Sql } from '../database.ts';
import { FULL_COLUMNS, IS_FINISHED, IS_OLD_ENOUGH, IS_UNFINISHED, NOW, idsIn, toJobRows, toNumber } from './columns.ts';
import type { FullColumns } from './columns.ts';

/** Strictly less, as in the seed: with whole seconds, a TTL means "no sooner than" only so. */
const HAS_EXPIRED = 'ttl_expires_at < NOW()';

/** A row of ours goes when it is finished, expired and old enough. */
export const IS_SWEEPABLE = `${IS_FINISHED} AND ${HAS_EXPIRED} AND ${IS_OLD_ENOUGH}`;

/** A row that no known resource has is given some time more. */
export function isForeignSweepable(graceSeconds: number): string {
  return `${IS_FINISHED} AND ${format('ttl_expires_at < NOW() - INTERVAL ? SECOND', [graceSeconds])} AND ${IS_OLD_ENOUGH}`;
}

export interface ExpiredRow {
  readonly jobId: string;
  readonly finished: boolean;
  readonly ttlExpiresAt: number;
  readonly createdAt: number | null;
}

export interface ExpiredKey {
  /** Unix seconds. */
  readonly ttlExpiresAt: number;
  readonly jobId: string;
}

export interface ExpiredPage {
  readonly rows: readonly ExpiredRow[];
  readonly next: ExpiredKey | undefined;
  /** The database's clock, Unix seconds with fraction; undefined when no row was found. */
  readonly now: number | undefined;
}

/** Expired rows in the order of their expiry, a page at a time along `idx_ttl_expires_at`, unfinished ones among them. */
export async function findExpired(sql: Sql, after: ExpiredKey | undefined, limit: number): Promise<ExpiredPage> {
  const start =
    after === undefined
      ? ''
      : format(' AND ttl_expires_at >= FROM_UNIXTIME(?) AND (ttl_expires_at > FROM_UNIXTIME(?) OR job_id > ?)', [
          after.ttlExpiresAt,
          after.ttlExpiresAt,
          after.jobId,
        ]);
  const found = await sql.select<RowDataPacket & { jobId: string; finished: number; ttlExpiresAt: number | string; createdAt: number | string | null; now: string }>(
    'expired',
    `SELECT job_id AS jobId, ${IS_FINISHED} AS finished, UNIX_TIMESTAMP(ttl_expires_at) AS ttlExpiresAt, UNIX_TIMESTAMP(created_at) AS createdAt, ${NOW} AS now ` +
      `FROM jobs WHERE ${HAS_EXPIRED}${start} ORDER BY ttl_expires_at, job_id LIMIT ${limit}`,
  );
  const rows = found.map((row) => ({
    jobId: row.jobId,
    finished: row.finished === 1,
    ttlExpiresAt: Number(row.ttlExpiresAt),
    createdAt: toNumber(row.createdAt),
  }));
  const last = rows.at(-1);
  return {
    rows,
    next: last === undefined || rows.length < limit ? undefined : { ttlExpiresAt: last.ttlExpiresAt, jobId: last.jobId },
    now: found[0] === undefined ? undefined : Number(found[0].now),
  };
}

/**
 * Removes rows that belong to no known resource. Guards: finished, expired at least `graceSeconds` ago,
 * old enough; all judged by the DELETE itself. READ COMMITTED, so that nothing but these rows is locked.
 *
 * @returns how many rows went
 */
export async function removeForeignExpired(sql: Sql, jobIds: readonly string[], graceSeconds: number): Promise<number> {
  // Holds for the next statement only.
  await sql.write('isolation', 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
  return sql.write('sweep', `DELETE FROM jobs WHERE job_id ${idsIn(jobIds)} AND ${isForeignSweepable(graceSeconds)}`);
}

/**
 * Removes rows whose end their resources already show. The rows are locked and read in full, `isShown`
 * compares each with what its resource is known to show, and only these go, in the same transaction: a
 * worker's late write either came first and was compared, or waits and finds no row.
 *
 * @returns the ids that went
 */
export async function removeShownExpired(database: Database, jobIds: readonly string[], isShown: (row: JobRow) => boolean): Promise<readonly string[]> {
  return database.transaction('READ COMMITTED', async (sql) => {
    const locked = await sql.select<FullColumns>(
      'sweep-lock',
      `SELECT ${FULL_COLUMNS} FROM jobs AS j WHERE job_id ${idsIn(jobIds)} AND ${IS_SWEEPABLE} ORDER BY j.job_id FOR UPDATE`,
    );
    const doomed: string[] = [];
    for (const [jobId, row] of toJobRows(locked)) {
      // What no Job can show, none shows.
      if (!(row instanceof OperatorError) && isShown(row)) doomed.push(jobId);
    }
    if (doomed.length > 0) await sql.write('sweep', `DELETE FROM jobs WHERE job_id ${idsIn(doomed)} AND ${IS_SWEEPABLE}`);
    return doomed;
  });
}

/** How many rows are past their time and not finished: live work, which the sweep never takes. */
export async function countExpiredUnfinished(sql: Sql): Promise<number> {
  const [answer] = await sql.select<RowDataPacket & { readonly count: number }>(
    'expired-unfinished',
    `SELECT COUNT(*) AS count FROM jobs WHERE ${IS_UNFINISHED} AND ${HAS_EXPIRED}`,
  );
  return Number(answer?.count);
}
