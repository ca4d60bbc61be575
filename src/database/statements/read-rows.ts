import type { RowDataPacket } from 'mysql2';
import type { OperatorError } from '../../errors.ts';
import type { JobRow } from '../../job/row.ts';
import type { Sql } from '../database.ts';
import { FULL_COLUMNS, NOW, idsIn, toJobRows } from './columns.ts';
import type { FullColumns } from './columns.ts';

export interface RowsRead {
  /** A row per id that exists; an error instead for one whose values no Job can show. */
  readonly rows: ReadonlyMap<string, JobRow | OperatorError>;
  /** The database's clock when the statement began, Unix seconds with fraction. */
  readonly now: number;
}

/**
 * Full rows by primary key, and the time, in one statement.
 *
 * The outer join to a one-row table makes the clock come along when no row matches: an absence is
 * dated, too. Guard: none; a consistent read of what is committed.
 */
export async function readRows(sql: Sql, jobIds: readonly string[]): Promise<RowsRead> {
  const answer = await sql.select<FullColumns & { readonly now: string }>(
    'read',
    `SELECT ${NOW} AS now, ${FULL_COLUMNS} FROM (SELECT 1 AS one) AS head LEFT JOIN jobs AS j ON j.job_id ${idsIn(jobIds)}`,
  );
  return { rows: toJobRows(answer), now: Number(answer[0]?.now) };
}

/** The database's clock, Unix seconds with fraction: the cheapest sign of life. */
export async function readTime(sql: Sql): Promise<number> {
  const [answer] = await sql.select<RowDataPacket & { readonly now: string }>('time', `SELECT ${NOW} AS now`);
  return Number(answer?.now);
}
