import type { OperatorError } from '../../errors.ts';
import type { Tombstone } from '../../job/row.ts';
import type { Sql } from '../database.ts';
import { PAYLOAD_COLUMN, payloadDigest } from '../payload-digest.ts';
import { FULL_COLUMNS, NOW, idsIn, toJobRows } from './columns.ts';
import type { FullColumns } from './columns.ts';
import type { RowsRead } from './read-rows.ts';
import { readTombstones } from './tombstone-rows.ts';

export interface KeyedRowsRead extends RowsRead {
  /** For each row that exists, the digest of its payload. */
  readonly payloadDigests: ReadonlyMap<string, string>;
  /** For ids without a row: the tombstone, or an error in place of one that no Job can show. */
  readonly tombstones: ReadonlyMap<string, Tombstone | OperatorError>;
}

/**
 * Full rows by primary key with the digests of their payloads, and the tombstones of those that are not there.
 *
 * The rows come first. A removal commits the tombstone together with the loss of the row, so that whoever
 * no longer saw the row sees the tombstone in any later statement; in the other order, a removal between the two would hide both,
 * and the job would run again. No snapshot is needed for that, and no lock taken.
 *
 * @throws OperatorError, DATABASE_REFUSED (1146) without the table of tombstones: not knowing is no absence
 */
export async function readKeyedRows(sql: Sql, jobIds: readonly string[]): Promise<KeyedRowsRead> {
  const answer = await sql.select<FullColumns & { readonly now: string; readonly payload: string | null }>(
    'read-keyed',
    `SELECT ${NOW} AS now, ${FULL_COLUMNS}, ${PAYLOAD_COLUMN} FROM (SELECT 1 AS one) AS head LEFT JOIN jobs AS j ON j.job_id ${idsIn(jobIds)}`,
  );
  const rows = toJobRows(answer);
  const payloadDigests = new Map<string, string>();
  for (const { jobId, payload } of answer) if (rows.has(jobId)) payloadDigests.set(jobId, payloadDigest(payload));
  const absent = jobIds.filter((jobId) => !rows.has(jobId));
  const tombstones = absent.length === 0 ? new Map<string, Tombstone>() : await readTombstones(sql, absent);
  return { rows, payloadDigests, tombstones, now: Number(answer[0]?.now) };
}
