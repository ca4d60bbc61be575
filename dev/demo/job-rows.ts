/** The rows of the jobs table as the demo reads them from MySQL, over a connection of its own. */

import type { Connection, RowDataPacket } from 'mysql2/promise';
import { exactJson } from './job-resource.ts';

export interface JobRow {
  readonly jobId: string;
  readonly type: string;
  readonly status: string;
  readonly progress: number | null;
  readonly requestPayload: unknown;
  readonly result: unknown;
  readonly error: string | null;
  /** Seconds since 1970, as are those below. */
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly expiresAt: number | null;
}

export interface RowsRead {
  readonly rows: ReadonlyMap<string, JobRow>;
  /** The database's clock, seconds since 1970 with fraction. */
  readonly now: number;
}

// UNIX_TIMESTAMP does not depend on the session's time zone.
const CLOCK = 'SELECT UNIX_TIMESTAMP(NOW(6)) AS now';
const ROWS = `SELECT job_id, type, status, progress, request_payload, result, error, UNIX_TIMESTAMP(created_at) AS created_at,
  UNIX_TIMESTAMP(completed_at) AS completed_at, UNIX_TIMESTAMP(ttl_expires_at) AS expires_at FROM jobs`;

/** @param connection with `jsonStrings: true` */
export async function readRows(connection: Connection): Promise<RowsRead> {
  const [rows] = await connection.query<RowDataPacket[]>(ROWS);
  // After the rows: one that is missing was removed at this time or before it.
  const [clock] = await connection.query<RowDataPacket[]>(CLOCK);
  return { rows: new Map(rows.map((row) => [row['job_id'] as string, rowOf(row)])), now: Number(clock[0]?.['now']) };
}

function rowOf(row: RowDataPacket): JobRow {
  return {
    jobId: row['job_id'] as string,
    type: row['type'] as string,
    status: row['status'] as string,
    progress: row['progress'] as number | null,
    requestPayload: exactJson(row['request_payload'] as string),
    result: row['result'] === null ? undefined : exactJson(row['result'] as string),
    error: row['error'] as string | null,
    createdAt: Number(row['created_at']),
    completedAt: seconds(row['completed_at']),
    expiresAt: seconds(row['expires_at']),
  };
}

function seconds(value: unknown): number | null {
  return value === null ? null : Number(value);
}
