/** What the change feed asks. All of it are consistent reads of what is committed; none locks. */
import { format } from 'mysql2';
import type { RowDataPacket } from 'mysql2';
import { OperatorError } from '../../errors.ts';
import type { JobRow, RowStatus } from '../../job/row.ts';
import type { Sql } from '../database.ts';
import type { Digest, IdRange } from '../id-shards.ts';
import { fingerprint } from '../fingerprint.ts';
import type { LightRow } from '../fingerprint.ts';
import { CHECKSUM_COLUMNS, FULL_COLUMNS, LIGHT_COLUMNS, NOW, RUNNING_TEXT, idsIn, toJobRows, toLightRow } from './columns.ts';
import type { ChecksumColumns, FullColumns, LightColumns } from './columns.ts';

/**
 * In MySQL, rows by their status: its optimizer prefers the primary key where it believes most rows to have that status, and reads all rows then, finished ones included.
 * A hint and no clause, so that a table without a primary key is no error.
 */
const BY_STATUS = '/*+ NO_INDEX(j PRIMARY) */';

/** So many characters of an id are enough to tell it from most others, and are a quarter of the bytes. */
export const START_LENGTH = 8;

/** All that run, by shard: one without a running row has no entry. The server reads each row, and sends what does not grow with them. */
export function runningDigests(sql: Sql): Promise<ReadonlyMap<number, Digest>> {
  return digests(sql, 'running-digests', RUNNING_TEXT, "j.status = 'running'");
}

/** The running rows of these ranges, in no order. */
export async function scanRunning(sql: Sql, ranges: readonly IdRange[]): Promise<readonly LightRow[]> {
  return known(await sql.select<LightColumns>('scan', `SELECT ${BY_STATUS} ${LIGHT_COLUMNS} FROM jobs AS j WHERE ${isAmong('running', ranges)}`));
}

export interface RunningRead {
  /** A light row stands for one whose other values no Job can show. */
  readonly rows: readonly (JobRow | LightRow)[];
  /** The database's clock when the statement began, Unix seconds with fraction; undefined when there are no rows. */
  readonly now: number | undefined;
}

/** The running rows of these ranges as a reconcile reads them, in no order. */
export async function readRunning(sql: Sql, ranges: readonly IdRange[]): Promise<RunningRead> {
  const found = await sql.select<FullColumns & { readonly now: string }>(
    'scan',
    `SELECT ${BY_STATUS} ${NOW} AS now, ${FULL_COLUMNS} FROM jobs AS j WHERE ${isAmong('running', ranges)}`,
  );
  const whole = toJobRows(found);
  const rows = known(found).map((row) => {
    const full = whole.get(row.jobId);
    return full === undefined || full instanceof OperatorError ? row : full;
  });
  return { rows, now: found[0] === undefined ? undefined : Number(found[0].now) };
}

/** What waits among all ids of this range, by shard; one without a waiting row has no entry. The index covers it: no row is read. */
export function waitingDigests(sql: Sql, range: IdRange): Promise<ReadonlyMap<number, Digest>> {
  return digests(sql, 'waiting-digests', 'j.job_id', isAmong('pending', [range]));
}

/**
 * How the ids of waiting rows in these ranges begin, in no order. The index covers it: no row is read.
 *
 * @param limit if there are that many, there may be more
 */
export async function waitingStarts(sql: Sql, ranges: readonly IdRange[], limit: number): Promise<readonly string[]> {
  const found = await sql.select<RowDataPacket & { readonly start: string }>(
    'waiting-ids',
    `SELECT ${BY_STATUS} LEFT(j.job_id, ${START_LENGTH}) AS start FROM jobs AS j WHERE ${isAmong('pending', ranges)} LIMIT ${limit}`,
  );
  return found.map(({ start }) => start);
}

/**
 * By number: groups of text are a matter of the column's collation. An id that begins with no pair of digits counts for some shard, where it is a stranger.
 * All of them in one text, whose length the session allows for (session.ts): 256 rows would be most of what a look costs this process.
 *
 * @param text SQL expression, of which each row's print is taken
 */
async function digests(sql: Sql, name: string, text: string, condition: string): Promise<ReadonlyMap<number, Digest>> {
  const shard = 'CONV(LEFT(j.job_id, 2), 16, 10)';
  const [found] = await sql.select<RowDataPacket & { readonly digests: string | null }>(
    name,
    "SELECT GROUP_CONCAT(s.shard, ' ', s.count, ' ', s.print) AS digests FROM " +
      `(SELECT ${BY_STATUS} ${shard} AS shard, COUNT(*) AS count, BIT_XOR(${printOf(text)}) AS print FROM jobs AS j WHERE ${condition} GROUP BY ${shard}) AS s`,
  );
  return parseDigests(found?.digests ?? '');
}

/** @param text like `0 2 4294967295,17 1 0`: of each shard its number, how many there are, and their print */
function parseDigests(text: string): ReadonlyMap<number, Digest> {
  const found = new Map<number, Digest>();
  if (text === '') return found;
  for (const part of text.split(',')) {
    const [shard, count, print] = part.split(' ');
    found.set(Number(shard), { count: Number(count), print: Number(print) });
  }
  return found;
}

/** The middle of the square of the CRC-32; why the square, says id-shards.ts. */
function printOf(text: string): string {
  return `CRC32(${text}) * CRC32(${text}) >> 16 & 0xFFFFFFFF`;
}

/** Bounds are two characters of a kind that needs no quoting; there may be 128 ranges, four times a second. */
function isAmong(status: RowStatus, ranges: readonly IdRange[]): string {
  return ranges.map(({ from, to }) => `(j.status = '${status}' AND j.job_id >= '${from}' AND j.job_id < '${to}')`).join(' OR ');
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
