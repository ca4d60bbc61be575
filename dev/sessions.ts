/** Who is connected to a MySQL server, and the end of some of them. */

import type { Connection } from 'mysql2/promise';

export interface Session {
  readonly id: number;
  readonly user: string;
  /** `Query`, `Sleep`, `Binlog Dump`, … */
  readonly command: string;
}

const NO_SUCH_THREAD = 1094;

/**
 * By SHOW, and not from information_schema.processlist: that one holds statements in three-byte utf8, and cannot be read at all
 * while anybody runs one with an emoji in it.
 */
export async function sessions(admin: Connection): Promise<readonly Session[]> {
  const [rows] = await admin.query('SHOW PROCESSLIST');
  return (rows as { Id: number; User: string; Command: string }[]).map(({ Id: id, User: user, Command: command }) => ({ id, user, command }));
}

/** Cuts those connections, in the middle of whatever each is doing. @returns how many there were */
export async function endSessions(admin: Connection, which: (session: Session) => boolean): Promise<number> {
  const doomed = (await sessions(admin)).filter(which);
  for (const { id } of doomed) {
    try {
      await admin.query(`KILL ${id}`);
    } catch (error) {
      // It went by itself in between.
      if ((error as { errno?: number }).errno !== NO_SUCH_THREAD) throw error;
    }
  }
  return doomed.length;
}
