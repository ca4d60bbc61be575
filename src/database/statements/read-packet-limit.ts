import type { RowDataPacket } from 'mysql2';
import type { Sql } from '../database.ts';

/** `max_allowed_packet` as new connections get it, bytes. */
export async function readPacketLimit(sql: Sql): Promise<number> {
  const [answer] = await sql.select<RowDataPacket & { readonly bytes: number }>('limits', 'SELECT @@global.max_allowed_packet AS bytes');
  return Number(answer?.bytes);
}
