/** From a login to the changes of the jobs table, for as long as one connection lasts. */
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2';
import type { Clock } from '../../engine/clock.ts';
import { OperatorError, hasCode } from '../../errors.ts';
import { JOBS_TABLE } from '../jobs-table.ts';
import { abandon, ask } from '../pool.ts';
import type { Connector } from '../pool.ts';
import { ChangedKeys } from './changed-keys.ts';
import type { TableChange, WatchedTable } from './changed-keys.ts';
import { dumpBinlog } from './dump.ts';
import type { LogPosition } from './dump.ts';

/** The server says that it is there this often (s) while nothing happens; a line that is silent for three times as long is dead. */
const HEARTBEAT_SECONDS = 5;
const SILENCE_MS = 15_000;
/** Random, above all that people give their servers: the server drops a replica when another of the same number comes. */
const LOWEST_SERVER_ID = 2 ** 31;

/**
 * For this session, under the names that MySQL had first, which MariaDB has too, and those of today: whoever does not say that
 * checksums are understood gets none of the events that have them; heartbeats come only when asked for (ns). MariaDB sends its own events
 * as they are to one who understands them.
 */
const SESSION =
  'SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = @@global.binlog_checksum, @mariadb_slave_capability = 4, ' +
  `@master_heartbeat_period = ${HEARTBEAT_SECONDS * 1e9}, @source_heartbeat_period = ${HEARTBEAT_SECONDS * 1e9}`;

const KEY_COLUMN =
  'SELECT table_schema AS databaseName, table_name AS tableName, ordinal_position AS position FROM information_schema.columns ' +
  `WHERE table_schema = DATABASE() AND table_name = '${JOBS_TABLE}' AND column_name = 'job_id'`;

export interface StreamParts {
  readonly connect: Connector;
  /** Longest wait for an answer, before the events begin. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly random: () => number;
  /** The first event is here: from now on, changes come. */
  readonly onLive: () => void;
  readonly onChange: (change: TableChange) => void;
}

/**
 * Follows the log from its end until the signal aborts, then returns.
 *
 * @throws OperatorError when the server has no log by row, does not let this user read it, or when the line breaks
 */
export async function followBinlog({ connect, timeoutMs, clock, random, onLive, onChange }: StreamParts, signal: AbortSignal): Promise<void> {
  const connection = await connect();
  const over = Promise.withResolvers<void>();
  const stop = (): void => over.resolve();
  signal.addEventListener('abort', stop);
  let silence = clock.setTimer(SILENCE_MS, () => undefined);
  try {
    await checkLog(connection, timeoutMs);
    await ask<ResultSetHeader>(connection, 'binlog', SESSION, timeoutMs);
    const keys = new ChangedKeys(await findTable(connection, timeoutMs));
    const position = await findEnd(connection, timeoutMs);
    let isLive = false;
    const listen = (): void => {
      silence.cancel();
      silence = clock.setTimer(SILENCE_MS, () => over.reject(new OperatorError('DATABASE_UNAVAILABLE', `binlog: nothing was heard for ${SILENCE_MS / 1000} s`)));
    };
    listen();
    if (!signal.aborted) {
      dumpBinlog(
        connection,
        position,
        LOWEST_SERVER_ID + Math.floor(random() * LOWEST_SERVER_ID),
        (event) => {
          listen();
          if (!isLive) onLive();
          isLive = true;
          const change = keys.read(event);
          if (change !== undefined) onChange(change);
        },
        over.reject,
      );
      await over.promise;
    }
  } finally {
    silence.cancel();
    signal.removeEventListener('abort', stop);
    abandon(connection);
  }
}

/** @throws OperatorError, saying what to set, when the server writes no log that holds rows */
export async function checkLog(connection: Connection, timeoutMs: number): Promise<void> {
  const [log] = await ask<(RowDataPacket & { readonly isOn: number })[]>(connection, 'binlog', 'SELECT @@log_bin AS isOn', timeoutMs);
  if (Number(log?.isOn) !== 1) throw new OperatorError('DATABASE_REFUSED', 'binlog: the server writes no binary log (log_bin is off)');
  const format = await formatOf(connection, timeoutMs);
  if (format !== 'ROW') throw new OperatorError('DATABASE_REFUSED', `binlog: the server logs statements, and not rows (binlog_format is ${format})`);
}

/** A server that no longer has the variable can log nothing but rows. */
async function formatOf(connection: Connection, timeoutMs: number): Promise<string> {
  try {
    const [found] = await ask<(RowDataPacket & { readonly format: string })[]>(connection, 'binlog', 'SELECT @@global.binlog_format AS format', timeoutMs);
    return found?.format ?? 'ROW';
  } catch (error) {
    if (error instanceof OperatorError && error.status === UNKNOWN_VARIABLE) return 'ROW';
    throw error;
  }
}

const UNKNOWN_VARIABLE = 1193;
const SYNTAX_ERROR = 1064;

/** @throws OperatorError, with the server's number 1227 when this user may not */
export async function findEnd(connection: Connection, timeoutMs: number): Promise<LogPosition> {
  const [end] = await askForEnd(connection, timeoutMs);
  if (end === undefined) throw new OperatorError('DATABASE_REFUSED', 'binlog: the server does not say where its log ends');
  return { file: String(end['File']), offset: Number(end['Position']) };
}

/** MySQL 8.2 gave the statement a new name, and 8.4 dropped the old one. */
async function askForEnd(connection: Connection, timeoutMs: number): Promise<RowDataPacket[]> {
  try {
    return await ask<RowDataPacket[]>(connection, 'binlog', 'SHOW BINARY LOG STATUS', timeoutMs);
  } catch (error) {
    if (!hasCode(error, 'DATABASE_REFUSED') || !(error instanceof OperatorError) || error.status !== SYNTAX_ERROR) throw error;
    return ask<RowDataPacket[]>(connection, 'binlog', 'SHOW MASTER STATUS', timeoutMs);
  }
}

async function findTable(connection: Connection, timeoutMs: number): Promise<WatchedTable> {
  interface Found extends RowDataPacket {
    readonly databaseName: string;
    readonly tableName: string;
    readonly position: number;
  }
  const [found] = await ask<Found[]>(connection, 'binlog', KEY_COLUMN, timeoutMs);
  if (found === undefined) throw new OperatorError('DATABASE_REFUSED', `binlog: there is no table ${JOBS_TABLE} to follow`);
  return { database: found.databaseName, table: found.tableName, keyColumn: found.position - 1 };
}
