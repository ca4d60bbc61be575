import { format } from 'mysql2';
import type { NewRow } from '../../job/row.ts';
import type { Sql } from '../database.ts';
import { TOMBSTONES_TABLE } from '../jobs-table.ts';

const HEAD = 'INSERT INTO jobs (job_id, type, status, progress, request_payload, completed_at, ttl_expires_at) ';
const TAIL = ' ON DUPLICATE KEY UPDATE job_id = jobs.job_id';
const BETWEEN = ' UNION ALL ';

/** What the protocol puts before the text (command, query attributes), rounded up. */
const COMMAND_BYTES = 16;

/**
 * One row as a SELECT that is empty after its deadline, and for a keyed row where its id has a tombstone.
 *
 * The look at the tombstones locks, and so waits for a removal that has written one and has not committed. Where there is none it locks
 * the gap until the statement has ended (`insertKeyedRows`), so that no removal can pass between this look and the INSERT's look at
 * the row. MySQL and MariaDB share only this spelling of FOR SHARE.
 */
export function insertTerm(row: NewRow): string {
  const end = row.status === 'cancelled' ? 'NOW()' : 'NULL';
  const expiry =
    row.status === 'cancelled' && row.ttlSeconds !== null
      ? format("LEAST(NOW() + INTERVAL ? SECOND, TIMESTAMP'2038-01-19 03:14:07')", [row.ttlSeconds])
      : 'NULL';
  const unlessBuried = row.keyed === true ? format(` AND NOT EXISTS (SELECT 1 FROM ${TOMBSTONES_TABLE} AS t WHERE t.job_id = ? LOCK IN SHARE MODE)`, [row.jobId]) : '';
  const term = format(`SELECT ?, ?, ?, 0, ?, ${end}, ${expiry} FROM DUAL WHERE NOW(6) < FROM_UNIXTIME(?)`, [
    row.jobId,
    row.type,
    row.status,
    row.payload,
    row.deadline.toFixed(6),
  ]);
  return term + unlessBuried;
}

/** Bytes of the statement that inserts these terms, as `max_allowed_packet` counts them. */
export function insertBytes(terms: readonly string[]): number {
  const text = terms.reduce((bytes, term) => bytes + Buffer.byteLength(term) + BETWEEN.length, 0);
  return COMMAND_BYTES + HEAD.length + text + TAIL.length;
}

/**
 * Many rows in one statement, each with a deadline of its own in the statement itself: however late it
 * arrives, a row whose time is over is not written. An id that is taken keeps its row (the update sets the key
 * to itself, which changes nothing, not even `updated_at`). Never INSERT IGNORE, which would store a bad value as ''.
 * The terms have to come in the order of their ids: opposite orders deadlock.
 *
 * All or nothing: a value that the server refuses takes the others along.
 *
 * @throws OperatorError, ROW_REFUSED when a value will never be taken
 */
export async function insertRows(sql: Sql, terms: readonly string[]): Promise<void> {
  // The count says nothing: it is the same for a new and a known id.
  await sql.write('insert', `${HEAD}${terms.join(BETWEEN)}${TAIL}`, 'row');
}

/**
 * The same for keyed rows. REPEATABLE READ is what locks the gap where a tombstone would go: under READ COMMITTED the job runs
 * twice, lock or no lock, when a removal commits between the two looks of this statement. It is said here, and not left to the session,
 * because the whole promise rests on it.
 *
 * @throws OperatorError, ROW_REFUSED when a value will never be taken, DATABASE_REFUSED (1146) without the table of tombstones
 */
export async function insertKeyedRows(sql: Sql, terms: readonly string[]): Promise<void> {
  // Holds for the next statement only.
  await sql.write('isolation', 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await insertRows(sql, terms);
}
