/** The columns of `jobs` as statements name them, and the way from a driver's row to ours. Times travel as Unix seconds, so that no date is ever parsed. */
import { format } from 'mysql2';
import type { RowDataPacket } from 'mysql2';
import { OperatorError } from '../../errors.ts';
import { ERROR_LIMIT_BYTES, FINISHED_STATUSES, JOB_TYPES, RESULT_LIMIT_BYTES, ROW_MIN_AGE_SECONDS, ROW_STATUSES } from '../../job/row.ts';
import type { JobRow } from '../../job/row.ts';
import { fingerprint } from '../fingerprint.ts';
import type { LightRow } from '../fingerprint.ts';

/** A time as the driver gives it: a number, a decimal's text where the column has fractions, or nothing. */
type SqlTime = number | string | null;

export interface LightColumns extends RowDataPacket {
  readonly jobId: string;
  readonly status: string | null;
  readonly progress: number | string | null;
  readonly updatedAt: SqlTime;
  readonly completedAt: SqlTime;
  readonly ttlExpiresAt: SqlTime;
}

export interface ChecksumColumns extends LightColumns {
  readonly resultCrc: number | null;
  readonly errorCrc: number | null;
}

export interface FullColumns extends ChecksumColumns {
  readonly type: string;
  readonly result: string | null;
  readonly resultBytes: number | null;
  readonly error: string | null;
  readonly createdAt: SqlTime;
}

const HEAD: readonly (readonly [expression: string, name: string])[] = [
  ['j.status', 'status'],
  ['j.progress', 'progress'],
  ['UNIX_TIMESTAMP(j.updated_at)', 'updatedAt'],
  ['UNIX_TIMESTAMP(j.completed_at)', 'completedAt'],
  ['UNIX_TIMESTAMP(j.ttl_expires_at)', 'ttlExpiresAt'],
];

export const LIGHT_COLUMNS = ['j.job_id AS jobId', ...HEAD.map(([expression, name]) => `${expression} AS ${name}`)].join(', ');

/** `runningText` (fingerprint.ts), of a running row. As floating-point numbers times are printed as JavaScript prints them, whether the column has fractions or not. */
export const RUNNING_TEXT = `CONCAT_WS(',', j.job_id, j.status, ${['j.progress', ...['updated_at', 'completed_at', 'ttl_expires_at'].map((column) => `UNIX_TIMESTAMP(j.${column}) + 0e0`)]
  .map((expression) => `COALESCE(${expression}, '-')`)
  .join(', ')})`;

/**
 * Bytes of the result as it is stored: MySQL's binary form, without what an update in place (JSON_REMOVE) has left free in it; MariaDB's text, and that of
 * a column of text, whose value may be no JSON, which MySQL refuses to measure, or nested so deep that it refuses to look at it. A column of JSON is
 * known by its collation. The comments are executable, each by one of the two.
 */
const STORED_BYTES = "/*!80000 IF(COLLATION(j.result) = 'utf8mb4_bin' AND JSON_VALID(j.result), JSON_STORAGE_SIZE(j.result) - JSON_STORAGE_FREE(j.result), LENGTH(j.result)) *//*M!100100 LENGTH(j.result) */";

/**
 * A result that takes more than this is over the limit whatever it holds: no binary form has eight times the bytes of its text. It is not
 * printed in order to be measured and summed, which takes MySQL some 80 ms of its processor for 5 MB of objects, and a few times for each read.
 */
const SURELY_TOO_LARGE = `${STORED_BYTES} > ${8 * RESULT_LIMIT_BYTES}`;

/** Of a result that is surely too large nothing is shown, so that nothing of it makes a difference. 2^32 is no CRC-32. */
const RESULT_CRC = `IF(${SURELY_TOO_LARGE}, ${2 ** 32}, CRC32(j.result))`;

export const CHECKSUM_COLUMNS = `${LIGHT_COLUMNS}, ${RESULT_CRC} AS resultCrc, CRC32(j.error) AS errorCrc`;

/** Results and errors are cut in the database: five megabytes that nobody shows never travel. */
export const FULL_COLUMNS =
  `${CHECKSUM_COLUMNS}, j.type AS type, UNIX_TIMESTAMP(j.created_at) AS createdAt, ` +
  `IF(${SURELY_TOO_LARGE}, ${STORED_BYTES}, LENGTH(j.result)) AS resultBytes, ` +
  `IF(${SURELY_TOO_LARGE} OR LENGTH(j.result) > ${RESULT_LIMIT_BYTES}, NULL, CAST(j.result AS CHAR)) AS result, LEFT(j.error, ${ERROR_LIMIT_BYTES + 1}) AS error`;

/** The database's clock, with microseconds. */
export const NOW = 'UNIX_TIMESTAMP(NOW(6))';

export const IS_FINISHED = format('status IN (?)', [[...FINISHED_STATUSES]]);
export const IS_UNFINISHED = format('status IN (?)', [ROW_STATUSES.filter((status) => !FINISHED_STATUSES.some((finished) => finished === status))]);

/** No row goes before a sleeping INSERT must have found its id taken; a row without a creation time is none of the operator's. */
export const IS_OLD_ENOUGH = `(created_at IS NULL OR created_at <= NOW() - INTERVAL ${ROW_MIN_AGE_SECONDS} SECOND)`;

/** `IN (…)` with the ids sorted, so that two statements over the same rows lock them in the same order. */
export function idsIn(ids: readonly string[]): string {
  return format('IN (?)', [ids.toSorted()]);
}

/** @throws OperatorError when the row holds a status or type that no Job can show (an enum that got a bad value, or has more of them) */
function toJobRow(columns: FullColumns): JobRow {
  const { jobId, type, status } = columns;
  const jobType = JOB_TYPES.find((known) => known === type);
  if (jobType === undefined) throw unknownValue(jobId, 'type');
  const light = toLightRow(columns);
  if (light === undefined || light.status !== status) throw unknownValue(jobId, 'status');
  return {
    ...light,
    type: jobType,
    result: columns.result,
    resultBytes: columns.resultBytes ?? 0,
    error: columns.error,
    createdAt: toNumber(columns.createdAt),
    fingerprint: fingerprint(light, columns),
  };
}

/** The rows by id; in place of one that no Job can show stands the error that says so. */
export function toJobRows(found: readonly (FullColumns | { readonly jobId: null })[]): Map<string, JobRow | OperatorError> {
  const rows = new Map<string, JobRow | OperatorError>();
  for (const columns of found) {
    if (columns.jobId === null) continue;
    try {
      rows.set(columns.jobId, toJobRow(columns));
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      rows.set(columns.jobId, error);
    }
  }
  return rows;
}

/** Undefined when the row's status is none that a Job can show. */
export function toLightRow(columns: LightColumns): LightRow | undefined {
  const status = ROW_STATUSES.find((known) => known === columns.status);
  if (status === undefined) return undefined;
  return {
    jobId: columns.jobId,
    status,
    progress: toNumber(columns.progress),
    updatedAt: toNumber(columns.updatedAt),
    completedAt: toNumber(columns.completedAt),
    ttlExpiresAt: toNumber(columns.ttlExpiresAt),
  };
}

export function toNumber(value: SqlTime): number | null {
  return value === null ? null : Number(value);
}

function unknownValue(jobId: string, column: string): OperatorError {
  return new OperatorError('DATABASE_REFUSED', `row ${jobId}: its ${column} is none of the known values`);
}
