/** Connections to MySQL: made with the password of the moment, prepared before anybody gets them, closed for sure. */
import net from 'node:net';
import { callbackify, promisify } from 'node:util';
import mysql from 'mysql2';
import type { Connection, ConnectionOptions, Pool, PoolConnection, PoolOptions, QueryResult, ResultSetHeader, RowDataPacket } from 'mysql2';
import { answerTimeout } from '../engine/answer-timeout.ts';
import { OperatorError } from '../errors.ts';
import { databaseFailure } from './failure.ts';
import { passwordFrom } from './password.ts';
import { SERVER_QUERY, sessionSettings } from './session.ts';
import type { Server } from './session.ts';
import type { DatabaseSettings } from './settings.ts';
import { tlsOptions } from './tls.ts';

/** A peer that went away without a word is noticed by the kernel from here on (ms). */
const KEEP_ALIVE_MS = 10_000;

/** The server gives up first, so that its answer, and not our own timer, tells what happened. */
const SERVER_TIME_SHARE = 0.75;

/** What the connection's own server said when it was prepared; undefined for a connection that was not. */
const servers = new WeakMap<object, Promise<Server>>();

/**
 * A mysql2 pool whose `getConnection` hands out prepared connections only: session settings are in force
 * and the server's limits known before the first statement. `prepareMs` bounds that, also on a line that swallows everything.
 *
 * @throws when the password file or the CA file cannot be read
 */
export function createPool(settings: DatabaseSettings): Pool {
  const pool = mysql.createPool(poolOptions(settings));
  const password = passwordFrom(settings.password);
  // The pool copies this object, getters included, for each new connection.
  Object.defineProperty(Reflect.get(pool.config, 'connectionConfig'), 'password', { get: password, enumerable: true, configurable: true });
  pool.on('connection', (connection) => {
    // A connection that breaks while nobody uses it must not end the process; the pool drops it by itself.
    connection.on('error', () => undefined);
    const server = prepare(connection, settings.timeouts);
    // Whoever gets the connection awaits this promise too; until then its failure is not unhandled.
    server.catch(() => undefined);
    servers.set(connection, server);
  });
  const connect = promisify(pool.getConnection.bind(pool));
  pool.getConnection = callbackify(async () => {
    const connection = await connect();
    try {
      await serverOf(connection);
      return connection;
    } catch (error) {
      abandon(connection);
      throw error;
    }
  });
  return pool;
}

/** Makes connections outside the pool, prepared like the pool's, for uses that never give one back. The function rejects with an `OperatorError`. */
export type Connector = () => Promise<Connection>;

/** @throws when the password file or the CA file cannot be read */
export function createConnector(settings: DatabaseSettings): Connector {
  const options = connectionOptions(settings);
  const password = passwordFrom(settings.password);
  return async () => {
    const connection = mysql.createConnection({ ...options, password: password() });
    // Whoever waits for an answer is told by that; what breaks in between shows when the next one is asked for.
    connection.on('error', () => undefined);
    try {
      await prepare(connection, settings.timeouts);
      return connection;
    } catch (error) {
      abandon(connection);
      throw error;
    }
  };
}

/** What the server of a connection that `createPool` made has told about itself. */
export function serverOf(connection: PoolConnection): Promise<Server> {
  const server = servers.get(connection);
  if (server === undefined) throw new Error('this connection was not made by createPool');
  return server;
}

/** Ends a connection at once, without a good-bye that a dead line would never carry. */
export function abandon(connection: Connection): void {
  connection.destroy();
  // destroy() only ends the stream, and a peer that does not answer keeps a half-closed socket for minutes.
  const stream: unknown = Reflect.get(connection, 'stream');
  if (stream instanceof net.Socket) stream.destroy();
}

/**
 * Sends one statement and waits for its answer, at most `timeoutMs`.
 *
 * @throws OperatorError; after a time-out the connection has been abandoned, and whether the statement ran is not known
 */
export function ask<Result extends QueryResult>(
  connection: Connection,
  statement: string,
  sql: string,
  timeoutMs: number,
  refusal: 'row' | 'statement' = 'statement',
): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    const answered = answerTimeout(timeoutMs, () => {
      abandon(connection);
      reject(new OperatorError('DATABASE_UNAVAILABLE', `${statement}: no answer within ${timeoutMs} ms`));
    });
    connection.query<Result>(sql, (error, result) => {
      answered();
      if (error === null) resolve(result);
      else reject(databaseFailure(error, statement, refusal));
    });
  });
}

async function prepare(connection: Connection, timeouts: DatabaseSettings['timeouts']): Promise<Server> {
  const settings = sessionSettings(timeouts.statementMs * SERVER_TIME_SHARE);
  // Both are queued before anybody else can queue a statement on this connection, and answered in that order.
  const [, rows] = await Promise.all([
    ask<ResultSetHeader>(connection, 'session', settings, timeouts.connectMs),
    ask<(Server & RowDataPacket)[]>(connection, 'session', SERVER_QUERY, timeouts.connectMs),
  ]);
  const server = rows[0];
  if (server === undefined) throw new OperatorError('DATABASE_REFUSED', 'session: the server tells nothing about itself');
  return server;
}

function poolOptions(settings: DatabaseSettings): PoolOptions {
  return {
    ...connectionOptions(settings),
    connectionLimit: settings.poolSize,
    // Below the limit, or the pool never looks for idle connections.
    maxIdle: Math.max(1, settings.poolSize - 1),
    idleTimeout: settings.timeouts.idleMs,
  };
}

function connectionOptions(settings: DatabaseSettings): ConnectionOptions {
  const ssl = tlsOptions(settings.tls);
  return {
    host: settings.host,
    port: settings.port,
    database: settings.name,
    user: settings.user,
    ...(ssl === undefined ? {} : { ssl }),
    stream: () => openSocket(settings.host, settings.port),
    connectTimeout: settings.timeouts.connectMs,
    charset: 'utf8mb4_unicode_ci',
    timezone: 'Z',
    jsonStrings: true,
    supportBigNumbers: true,
    multipleStatements: false,
    // The server must not be able to ask for files of this machine.
    flags: ['-LOCAL_FILES'],
    connectAttributes: { program_name: 'jobs-operator' },
  };
}

function openSocket(host: string, port: number): net.Socket {
  const socket = net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  // For an address the driver passes no server name, and TLS then checks the certificate against the
  // socket's host, which Node only fills in for names: without it, any certificate for "localhost" would do.
  if (net.isIP(host) !== 0) Object.assign(socket, { _host: host });
  return socket;
}
