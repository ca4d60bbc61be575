/** The row as the database has it: one line of the `jobs` table, read with times as Unix seconds. */

export const JOB_TYPES = ['clone', 'restore', 'delete'] as const;
export type JobType = (typeof JOB_TYPES)[number];

export const ROW_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];

/** The statuses after which a worker has nothing left to do. */
export const FINISHED_STATUSES = ['completed', 'failed', 'cancelled'] as const satisfies readonly RowStatus[];

/** A result is shown up to this many bytes of the text MySQL prints; above, the row is the whole truth. */
export const RESULT_LIMIT_BYTES = 262_144;

/** And this deep: an API server reads 10,000 levels, not all of them a result's, and some parsers of those who read it there end sooner. MySQL's JSON has 100. */
export const RESULT_LIMIT_LEVELS = 1_000;

/** An error is shown up to this many bytes of UTF-8, ellipsis included. */
export const ERROR_LIMIT_BYTES = 4_096;

/**
 * No row is removed before it is this old (seconds of the database's clock), so that an INSERT that
 * slept on its way finds its id taken instead of starting an orphan.
 */
export const ROW_MIN_AGE_SECONDS = 20;

/** An INSERT follows a live look at its resource by at most this long (seconds). */
export const INSERT_DEADLINE_SECONDS = 10;

/** 2038-01-19 03:14:07 UTC, the last second a MySQL TIMESTAMP can hold. */
export const TIMESTAMP_MAX = 2_147_483_647;

export interface JobRow {
  readonly jobId: string;
  readonly type: JobType;
  readonly status: RowStatus;
  readonly progress: number | null;
  /** The JSON text exactly as MySQL prints it; null for SQL NULL and when `resultBytes` is over the limit. */
  readonly result: string | null;
  /** Bytes of the printed result, 0 for SQL NULL; of one far over the limit, about: as it is stored. */
  readonly resultBytes: number;
  /** At most the first 4,097 characters: one more than can be shown, so that a cut is seen. */
  readonly error: string | null;
  /** Unix seconds; the table allows NULL in all four. */
  readonly createdAt: number | null;
  readonly updatedAt: number | null;
  readonly completedAt: number | null;
  readonly ttlExpiresAt: number | null;
  /** Changes when anything a status shows has changed; the change feed compares it (database/fingerprint.ts). */
  readonly fingerprint: string;
}

/** A row to be written, if its id is not taken. */
export interface NewRow {
  readonly jobId: string;
  readonly type: JobType;
  /** `cancelled` takes the id of a job that must never run. */
  readonly status: 'pending' | 'cancelled';
  /** Exact JSON text. */
  readonly payload: string;
  /** From this moment of the database's clock on (Unix seconds, with fraction) nothing is inserted any more. */
  readonly deadline: number;
  /** For `cancelled`: seconds from now to the row's expiry; null for none. */
  readonly ttlSeconds: number | null;
  /** Its id came from an idempotency key: nothing is inserted where a tombstone stands. Needs the table of tombstones. */
  readonly keyed?: boolean;
}

/** What is left of a removed row that had an idempotency key: enough to show its outcome, and to know it again. */
export interface Tombstone {
  readonly jobId: string;
  readonly type: JobType;
  /** `digest` of the payload's canonical text (json/canonical.ts). */
  readonly payloadDigest: string;
  readonly status: RowStatus;
  /** As in a row: cut in the same way. */
  readonly result: string | null;
  readonly resultBytes: number;
  readonly error: string | null;
  /** Unix seconds. */
  readonly createdAt: number | null;
  readonly completedAt: number | null;
  readonly ttlExpiresAt: number | null;
}

/** What one read of the primary said about one id. */
export interface RowRead {
  readonly row: JobRow | null;
  /** The database's clock at the read, Unix seconds with fraction. */
  readonly now: number;
  /** Only where it was asked for (`readKeyed`), of the row: `digest` of its payload's canonical text. */
  readonly payloadDigest?: string;
  /** Only where it was asked for and there is no row. */
  readonly tombstone?: Tombstone;
}

export function isFinished(status: RowStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
