/** What the server counts of itself, on either engine and without its performance schema. */

import type { Connection, RowDataPacket } from 'mysql2/promise';

export interface LockWaits {
  readonly count: number;
  /** The longest since the server started, milliseconds. */
  readonly longestMs: number;
}

/** Rows deleted since the server started, in whatever table of a user's. */
export function deletedRows(connection: Connection): Promise<number> {
  return status(connection, 'Innodb_rows_deleted');
}

export async function lockWaits(connection: Connection): Promise<LockWaits> {
  return { count: await status(connection, 'Innodb_row_lock_waits'), longestMs: await status(connection, 'Innodb_row_lock_time_max') };
}

/** Transactions whose old versions are still to be purged: what a deletion leaves the server to do afterwards. Needs an administrator. */
export async function unpurged(admin: Connection): Promise<number> {
  const [rows] = await admin.query<RowDataPacket[]>("SELECT count FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'");
  return Number(rows[0]?.['count']);
}

async function status(connection: Connection, name: string): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>('SHOW GLOBAL STATUS LIKE ?', [name]);
  return Number(rows[0]?.['Value']);
}
