/** What is judged about the binary log, where FEED=binlog asks for it. It is a hint only: whatever is wrong here makes the operator slower, and never wrong. */
import type { Connection, RowDataPacket } from 'mysql2';
import { checkLog, findEnd } from '../../database/binlog/stream.ts';
import { abandon, ask, createConnector } from '../../database/pool.ts';
import type { DatabaseSettings } from '../../database/settings.ts';
import { OperatorError } from '../../errors.ts';
import { failure, ok, warn, type Finding } from './finding.ts';
import { holds } from './grants.ts';

const SUBJECT = 'binary log';
/** MySQL's answer to a user without REPLICATION CLIENT. */
const DENIED = 1227;

/** Tried as far as that does no harm: an actual look into the log would be a replica's. Never throws. */
export async function checkBinlog(settings: DatabaseSettings): Promise<Finding> {
  let connection: Connection | undefined;
  try {
    connection = await createConnector(settings)();
    const timeoutMs = settings.timeouts.connectMs;
    await checkLog(connection, timeoutMs);
    const { file } = await findEnd(connection, timeoutMs);
    const lines = await ask<RowDataPacket[]>(connection, 'doctor', 'SHOW GRANTS', timeoutMs);
    return judgeBinlog(file, lines.map((line) => String(Object.values(line)[0])), settings.user);
  } catch (error) {
    return judgeBinlogFailure(error, settings.user);
  } finally {
    if (connection !== undefined) abandon(connection);
  }
}

/** @param grants lines of SHOW GRANTS */
export function judgeBinlog(file: string, grants: readonly string[], user: string): Finding {
  const held = holds(grants, { name: 'REPLICATION SLAVE', database: '*', table: '*' });
  if (held === 'yes') return ok(SUBJECT, `${file}, by row, and open to this user`);
  const text = held === 'no' ? 'the user may not read it: changed rows are found by looking alone' : 'REPLICATION SLAVE is not granted directly; a role may hold it';
  return warn(SUBJECT, text, `GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO the user ${user}.`);
}

export function judgeBinlogFailure(error: unknown, user: string): Finding {
  if (!(error instanceof OperatorError)) return failure(SUBJECT, error);
  if (error.status === DENIED) return warn(SUBJECT, 'the user may not read it: changed rows are found by looking alone', `GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO the user ${user}.`);
  return warn(SUBJECT, `${error.message}: changed rows are found by looking alone`, 'Have the server write a binary log by row (log_bin, binlog_format=ROW), or leave FEED at poll.');
}
