import { format } from 'mysql2';
import { ROW_MIN_AGE_SECONDS } from '../../job/row.ts';
import type { TtlStamp } from '../../job/ttl.ts';
import type { Sql } from '../database.ts';
import { IS_FINISHED, IS_OLD_ENOUGH, IS_UNFINISHED, idsIn } from './columns.ts';

/**
 * Cancels what has not finished. Guard: the status, so that an outcome that committed first stands and a
 * second call changes nothing.
 */
export async function cancelRows(sql: Sql, jobIds: readonly string[]): Promise<void> {
  await sql.write('cancel', `UPDATE jobs SET status = 'cancelled', completed_at = NOW() WHERE job_id ${idsIn(jobIds)} AND ${IS_UNFINISHED}`);
}

/** The last second that a TIMESTAMP can hold. */
const LAST = "TIMESTAMP'2038-01-19 03:14:07'";

/**
 * Sets `ttl_expires_at` from the row as the statement finds it, not as somebody read it.
 *
 * Guards: only finished rows (`clear`: only unfinished ones), only where the value differs (`default`:
 * only where there is none), so that a repeated stamp writes nothing. `updated_at` is set to itself: a stamp is no news
 * to a worker and must not move the end that the next stamp counts from.
 */
export async function stampRows(sql: Sql, jobIds: readonly string[], stamp: TtlStamp): Promise<void> {
  const { value, guard } = stampTerms(stamp);
  await sql.write('stamp', `UPDATE jobs SET ttl_expires_at = ${value}, updated_at = updated_at WHERE job_id ${idsIn(jobIds)} AND ${guard}`);
}

function stampTerms(stamp: TtlStamp): { readonly value: string; readonly guard: string } {
  if (stamp.kind === 'clear') return { value: 'NULL', guard: `${IS_UNFINISHED} AND ttl_expires_at IS NOT NULL` };
  if (stamp.kind === 'removable') {
    const value = `LEAST(created_at + INTERVAL ${ROW_MIN_AGE_SECONDS} SECOND, ${LAST})`;
    return { value, guard: `${IS_FINISHED} AND NOT (ttl_expires_at <=> ${value})` };
  }
  const end = 'GREATEST(COALESCE(completed_at, updated_at), COALESCE(updated_at, completed_at))';
  const value = format(`LEAST(${end} + INTERVAL ? SECOND, ${LAST})`, [stamp.seconds]);
  if (stamp.kind === 'default') return { value, guard: `${IS_FINISHED} AND ttl_expires_at IS NULL` };
  return { value, guard: `${IS_FINISHED} AND NOT (ttl_expires_at <=> ${value})` };
}

/** Removes rows on a user's word (`deletionPolicy: Delete`), finished or not. Guard: the age. Keyed rows go by remove-keyed-rows.ts. */
export async function removeRows(sql: Sql, jobIds: readonly string[]): Promise<void> {
  await sql.write('remove', `DELETE FROM jobs WHERE job_id ${idsIn(jobIds)} AND ${IS_OLD_ENOUGH}`);
}
