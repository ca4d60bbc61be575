/** What the change feed asks. All of it are consistent reads of what is committed; none locks. */
import { format } from 'mysql2';
import type { RowDataPacket } from 'mysql2';
import type { RowStatus } from '../../job/row.ts';
import type { Sql } from '../database.ts';
import { fingerprint } from '../fingerprint.ts';
import type { LightRow } from '../fingerprint.ts';
import { CHECKSUM_COLUMNS, LIGHT_COLUMNS, idsIn, toLightRow } from './columns.ts';
import type { ChecksumColumns, LightColumns } from './columns.ts';

/** One page of a scan; `next` is where the following one begins, undefined after the last. */
export interface ScanPage<Key> {
  readonly rows: readonly LightRow[];
  readonly next: Key | undefined;
}

/**
 * Active rows of one status in the order of their ids, a page at a time: `idx_status` holds the primary
 * key behind the status, so each page is one short walk along the index.
 */
export async function scanStatus(sql: Sql, status: RowStatus, after: string, limit: number): Promise<ScanPage<string>> {
  const found = await sql.select<LightColumns>(
    'scan',
    `SELECT ${LIGHT_COLUMNS} FROM jobs AS j WHERE ${format('j.status = ? AND j.job_id > ? ORDER BY j.job_id LIMIT ?', [status, after, limit])}`,
  );
  return { rows: known(found), next: found.length < limit ? undefined : found.at(-1)?.jobId };
}

export interface UpdatedKey {
  /** The `updated_at` of a page's last row, as text of the session's zone (UTC). */
  readonly updatedAt: string;
  readonly jobId: string;
}

/**
 * Rows of any status whose `updated_at` is at most `seconds` old, a page at a time along the optional
 * index on `updated_at`. The window, and not the last stamp seen, is what makes it find rows that were committed late.
 */
export async function scanUpdated(sql: Sql, seconds: number, after: UpdatedKey | undefined, limit: number): Promise<ScanPage<UpdatedKey>> {
  const start =
    after === undefined
      ? format('j.updated_at >= NOW() - INTERVAL ? SECOND', [seconds])
      : format('j.updated_at >= ? AND (j.updated_at > ? OR j.job_id > ?)', [after.updatedAt, after.updatedAt, after.jobId]);
  const found = await sql.select<LightColumns & { readonly stamp: string }>(
    'watermark',
    `SELECT ${LIGHT_COLUMNS}, CAST(j.updated_at AS CHAR) AS stamp FROM jobs AS j WHERE ${start} ORDER BY j.updated_at, j.job_id LIMIT ${limit}`,
  );
  const last = found.at(-1);
  return { rows: known(found), next: last === undefined || found.length < limit ? undefined : { updatedAt: last.stamp, jobId: last.jobId } };
}

/** A row as a look-up by key shows it to the feed. */
export interface SeenRow extends LightRow {
  readonly fingerprint: string;
}

/** Rows by primary key with checksums of result and error: dearer by the row than a scan, and exact. */
export async function lookAtRows(sql: Sql, jobIds: readonly string[]): Promise<ReadonlyMap<string, SeenRow | undefined>> {
  const found = await sql.select<ChecksumColumns>('look', `SELECT ${CHECKSUM_COLUMNS} FROM jobs AS j WHERE j.job_id ${idsIn(jobIds)}`);
  const seen = new Map<string, SeenRow | undefined>();
  for (const columns of found) {
    const row = toLightRow(columns);
    // An id that is there with a status nobody knows is present, without a value: it is not missing.
    seen.set(columns.jobId, row === undefined ? undefined : { ...row, fingerprint: fingerprint(row, columns) });
  }
  return seen;
}

/** Whether the optional index on `updated_at` is there, under whatever name, visible to the optimizer or not (an unused one costs time, never truth). */
export async function hasUpdatedAtIndex(sql: Sql): Promise<boolean> {
  const found = await sql.select<RowDataPacket>(
    'index',
    "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'jobs' AND column_name = 'updated_at' AND seq_in_index = 1 LIMIT 1",
  );
  return found.length > 0;
}

function known(found: readonly LightColumns[]): LightRow[] {
  return found.map((columns) => toLightRow(columns)).filter((row) => row !== undefined);
}
