/** What the change feed asks. All of it are consistent reads of what is committed; none locks. */
import { format } from 'mysql2';
import type { RowDataPacket } from 'mysql2';
import type { Sql } from '../database.ts';
import { shardOf } from '../id-shards.ts';
import type { Digest, IdRange } from '../id-shards.ts';
import { fingerprint } from '../fingerprint.ts';
import type { LightRow } from '../fingerprint.ts';
import { CHECKSUM_COLUMNS, LIGHT_COLUMNS, idsIn, lightColumnsIf, toLightRow } from './columns.ts';
import type { ChecksumColumns, LightColumns } from './columns.ts';

/** Rows by their status: the optimizer prefers the primary key where it believes most rows to have that status, and reads all rows then, finished ones included. */
const BY_STATUS = 'jobs AS j IGNORE INDEX (PRIMARY)';

/** So many characters of an id are enough to tell it from most others, and are a quarter of the bytes. */
export const START_LENGTH = 8;

export interface RunningPage {
  /** Of all rows of the page. */
  readonly ids: readonly string[];
  /** Those with a recent stamp. */
  readonly recent: readonly LightRow[];
  /** Where the following page begins, undefined after the last. */
  readonly next: string | undefined;
}

/**
 * Running rows in the order of their ids, a page at a time: `idx_status` holds the primary key behind the status, so each
 * page is one walk along the index, which reads each row on its way.
 *
 * @param seconds how old the `updated_at` of a recent row may be; undefined: all are recent
 */
export async function scanRunning(sql: Sql, seconds: number | undefined, after: string, limit: number): Promise<RunningPage> {
  const columns = seconds === undefined ? LIGHT_COLUMNS : lightColumnsIf(format('j.updated_at IS NULL OR j.updated_at >= NOW() - INTERVAL ? SECOND', [seconds]));
  const found = await sql.select<LightColumns>(
    'scan',
    `SELECT ${columns} FROM ${BY_STATUS} WHERE ${format('j.status = ? AND j.job_id > ?', ['running', after])} ORDER BY j.job_id LIMIT ${limit}`,
  );
  const ids = found.map(({ jobId }) => jobId);
  return { ids, recent: known(found), next: found.length < limit ? undefined : ids.at(-1) };
}

/**
 * What waits among all ids in [from, to), by shard; one without a waiting row has no entry. The index covers it, and the server adds up: what
 * is sent does not grow with the rows.
 */
export async function waitingDigests(sql: Sql, from: string, to: string): Promise<ReadonlyMap<number, Digest>> {
  const found = await sql.select<RowDataPacket & Digest & { readonly start: string }>(
    'waiting-digests',
    `SELECT LEFT(j.job_id, 2) AS start, COUNT(*) AS count, BIT_XOR(CRC32(j.job_id)) AS print FROM ${BY_STATUS} WHERE ${isWaitingIn({ from, to })} GROUP BY start`,
  );
  const digests = new Map<number, Digest>();
  for (const { start, count, print } of found) {
    // Under a collation that knows no case this is a name for both cases.
    const shard = shardOf(start.toLowerCase());
    if (shard !== undefined) digests.set(shard, { count, print });
  }
  return digests;
}

/**
 * How the ids of waiting rows in these ranges begin, in no order. The index covers it: no row is read.
 *
 * @param limit if there are that many, there may be more
 */
export async function waitingStarts(sql: Sql, ranges: readonly IdRange[], limit: number): Promise<readonly string[]> {
  const found = await sql.select<RowDataPacket & { readonly start: string }>(
    'waiting-ids',
    `SELECT LEFT(j.job_id, ${START_LENGTH}) AS start FROM ${BY_STATUS} WHERE ${ranges.map(isWaitingIn).join(' OR ')} LIMIT ${limit}`,
  );
  return found.map(({ start }) => start);
}

function isWaitingIn({ from, to }: IdRange): string {
  return format('(j.status = ? AND j.job_id >= ? AND j.job_id < ?)', ['pending', from, to]);
}

/** `next` is where the following page begins, undefined after the last. */
export interface UpdatedPage {
  readonly rows: readonly LightRow[];
  readonly next: UpdatedKey | undefined;
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
export async function scanUpdated(sql: Sql, seconds: number, after: UpdatedKey | undefined, limit: number): Promise<UpdatedPage> {
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
  const rows: LightRow[] = [];
  for (const columns of found) {
    const row = columns.status === null ? undefined : toLightRow(columns);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}
