/** A diary of the jobs table, written by triggers: what happened to it, whoever did it, in the order of the commits of each row. */

import type { Connection, RowDataPacket } from 'mysql2/promise';
import { rowAsJson } from './row.ts';
import type { Row } from './row.ts';

export interface DiaryEntry {
  readonly seq: number;
  /** When the statement began, milliseconds since the epoch, by the database's clock. */
  readonly at: number;
  /** The login of whoever did it. */
  readonly who: string;
  readonly what: 'insert' | 'update' | 'delete';
  readonly jobId: string;
  readonly before: Row | null;
  readonly after: Row | null;
}

const TABLE = `CREATE TABLE audit (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at DECIMAL(16,6) NOT NULL,
  who VARCHAR(64) NOT NULL,
  what VARCHAR(6) NOT NULL,
  job_id VARCHAR(36) NOT NULL,
  row_before JSON NULL,
  row_after JSON NULL
)`;

function trigger(what: DiaryEntry['what'], id: 'OLD' | 'NEW', before: string, after: string): string {
  // USER() is whoever runs the statement; CURRENT_USER() would be whoever made the trigger.
  return (
    `CREATE TRIGGER audit_${what} AFTER ${what.toUpperCase()} ON jobs FOR EACH ROW INSERT INTO audit (at, who, what, job_id, row_before, row_after) ` +
    `VALUES (UNIX_TIMESTAMP(NOW(6)), SUBSTRING_INDEX(USER(), '@', 1), '${what}', ${id}.job_id, ${before}, ${after})`
  );
}

/** Makes the diary of a jobs table. With the binary log on, only an administrator may make triggers. */
export async function startDiary(admin: Connection): Promise<void> {
  await admin.query(TABLE);
  await admin.query(trigger('insert', 'NEW', 'NULL', rowAsJson('NEW.')));
  await admin.query(trigger('update', 'NEW', rowAsJson('OLD.'), rowAsJson('NEW.')));
  await admin.query(trigger('delete', 'OLD', rowAsJson('OLD.'), 'NULL'));
}

/** Everything since entry number `after`, oldest first. */
export async function readDiary(connection: Connection, after = 0): Promise<readonly DiaryEntry[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT seq, at, who, what, job_id, CAST(row_before AS CHAR) AS row_before, CAST(row_after AS CHAR) AS row_after FROM audit WHERE seq > ? ORDER BY seq',
    [after],
  );
  return rows.map((row) => ({
    seq: Number(row['seq']),
    at: Number(row['at']) * 1000,
    who: row['who'],
    what: row['what'],
    jobId: row['job_id'],
    before: parsed(row['row_before']),
    after: parsed(row['row_after']),
  }));
}

function parsed(text: string | null): Row | null {
  return text === null ? null : (JSON.parse(text) as Row);
}
