/** Tombstones: what is left of removed rows that had an idempotency key. */
import { format } from 'mysql2';
import type { RowDataPacket } from 'mysql2';
import { OperatorError } from '../../errors.ts';
import { ERROR_LIMIT_BYTES, FINISHED_STATUSES, JOB_TYPES, RESULT_LIMIT_BYTES } from '../../job/row.ts';
import type { Tombstone } from '../../job/row.ts';
import type { Sql } from '../database.ts';
import { TOMBSTONES_TABLE } from '../jobs-table.ts';
import { IS_FINISHED, idsIn, toNumber } from './columns.ts';

interface TombstoneColumns extends RowDataPacket {
  readonly jobId: string;
  readonly type: string;
  readonly payloadDigest: string;
  readonly status: string;
  readonly result: string | null;
  readonly resultBytes: number | null;
  readonly error: string | null;
  readonly createdAt: number | string | null;
  readonly completedAt: number | string | null;
  readonly ttlExpiresAt: number | string | null;
}

/** Cut as a row's are, so that a tombstone shows what its row showed. */
const COLUMNS =
  't.job_id AS jobId, t.type AS type, t.payload_digest AS payloadDigest, t.status AS status, LENGTH(t.result) AS resultBytes, ' +
  `IF(LENGTH(t.result) <= ${RESULT_LIMIT_BYTES}, t.result, NULL) AS result, LEFT(t.error, ${ERROR_LIMIT_BYTES + 1}) AS error, ` +
  'UNIX_TIMESTAMP(t.created_at) AS createdAt, UNIX_TIMESTAMP(t.completed_at) AS completedAt, UNIX_TIMESTAMP(t.ttl_expires_at) AS ttlExpiresAt';

/** The tombstones of these ids; an error instead of one whose values no Job can show. */
export async function readTombstones(sql: Sql, jobIds: readonly string[]): Promise<ReadonlyMap<string, Tombstone | OperatorError>> {
  const found = await sql.select<TombstoneColumns>('read-tombstones', `SELECT ${COLUMNS} FROM ${TOMBSTONES_TABLE} AS t WHERE t.job_id ${idsIn(jobIds)}`);
  return new Map(found.map((columns) => [columns.jobId, toTombstone(columns)]));
}

function toTombstone(columns: TombstoneColumns): Tombstone | OperatorError {
  const { jobId, payloadDigest, result, resultBytes, error } = columns;
  const type = JOB_TYPES.find((known) => known === columns.type);
  const status = FINISHED_STATUSES.find((known) => known === columns.status);
  if (type === undefined || status === undefined) return new OperatorError('DATABASE_REFUSED', `tombstone ${jobId}: its type or status is none of the known values`);
  return {
    jobId,
    type,
    payloadDigest,
    status,
    result,
    resultBytes: resultBytes ?? 0,
    error,
    createdAt: toNumber(columns.createdAt),
    completedAt: toNumber(columns.completedAt),
    ttlExpiresAt: toNumber(columns.ttlExpiresAt),
  };
}

const WAS_FINISHED = `j.${IS_FINISHED}`;

/**
 * Writes the tombstones of rows that this transaction has locked and goes on to delete, before it does. Results are
 * copied inside the database, whole, exact and whatever their size.
 *
 * A row that goes unfinished was called off: its tombstone says `cancelled`, now, since nobody will ever finish it. A row
 * of a type that no Job has is no Job's, and leaves none. An older tombstone gives way: the id was inserted again by somebody
 * else, and the newer outcome counts.
 *
 * @param digests of the payloads, by id
 */
export async function writeTombstones(sql: Sql, digests: ReadonlyMap<string, string>): Promise<void> {
  const jobIds = [...digests.keys()];
  // Not a join with the digests: an adopted table may have another collation than a derived one.
  const digestOfRow = format('ELT(FIELD(j.job_id, ?), ?)', [jobIds, [...digests.values()]]);
  const values: readonly (readonly [column: string, value: string])[] = [
    ['type', 'j.type'],
    ['payload_digest', digestOfRow],
    ['status', `IF(${WAS_FINISHED}, j.status, 'cancelled')`],
    ['result', 'j.result'],
    ['error', 'j.error'],
    ['created_at', 'j.created_at'],
    ['completed_at', `IF(${WAS_FINISHED}, j.completed_at, NOW())`],
    ['ttl_expires_at', 'j.ttl_expires_at'],
    ['removed_at', 'NOW()'],
  ];
  await sql.write(
    'write-tombstones',
    `INSERT INTO ${TOMBSTONES_TABLE} (job_id, ${values.map(([column]) => column).join(', ')}) ` +
      `SELECT j.job_id, ${values.map(([, value]) => value).join(', ')} FROM jobs AS j WHERE j.job_id ${idsIn(jobIds)} AND ${format('j.type IN (?)', [[...JOB_TYPES]])} ` +
      `ON DUPLICATE KEY UPDATE ${values.map(([column, value]) => `${column} = ${value}`).join(', ')}`,
  );
}

/**
 * Forgets tombstones that are older than `days`, at most `limit` of them: ids by the index, then by primary key with the
 * age repeated, READ COMMITTED, so that nothing but these is locked.
 *
 * @returns how many went; fewer than `limit` when no more are due
 */
export async function purgeTombstones(sql: Sql, days: number, limit: number): Promise<number> {
  const isDue = format('removed_at < NOW() - INTERVAL ? DAY', [days]);
  const due = await sql.select<RowDataPacket & { readonly jobId: string }>(
    'due-tombstones',
    `SELECT job_id AS jobId FROM ${TOMBSTONES_TABLE} WHERE ${isDue} ORDER BY removed_at LIMIT ${limit}`,
  );
  if (due.length === 0) return 0;
  // Holds for the next statement only.
  await sql.write('isolation', 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
  return sql.write('purge-tombstones', `DELETE FROM ${TOMBSTONES_TABLE} WHERE job_id ${idsIn(due.map(({ jobId }) => jobId))} AND ${isDue}`);
}
