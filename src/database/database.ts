/** The database as the statements see it: SQL text in, rows or a count out, failures as coded errors, nothing hangs for ever. */
import type { Pool, PoolConnection, QueryResult, ResultSetHeader, RowDataPacket } from 'mysql2';
import { answerTimeout } from '../engine/answer-timeout.ts';
import { OperatorError, hasCode } from '../errors.ts';
import { databaseFailure, spoilsConnection } from './failure.ts';
import { abandon, ask, createPool, serverOf } from './pool.ts';
import type { Server } from './session.ts';
import type { DatabaseSettings } from './settings.ts';

/** Where a statement can be sent. `name` is the metric's label and begins every error message. */
export interface Sql {
  /** What is known of the server on the other end. */
  readonly server: Server;
  /** @throws OperatorError */
  select<Row extends RowDataPacket>(name: string, sql: string): Promise<Row[]>;
  /**
   * @returns how many rows the WHERE matched (not: changed)
   * @throws OperatorError; with `refusal: 'row'`, ROW_REFUSED when the server will never take a value of it
   */
  write(name: string, sql: string, refusal?: 'row' | 'statement'): Promise<number>;
}

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ';

export interface DatabaseObserver {
  /** After each statement, and each wait for a connection that failed; `error` is undefined for one that was answered well. */
  statement(name: string, seconds: number, error: unknown): void;
}

const UNOBSERVED: DatabaseObserver = { statement: () => undefined };

/** How long `close` waits for statements under way (ms). */
const CLOSE_MS = 3_000;

export interface Database {
  /** Lends one connection for a few statements that belong together; each commits by itself. */
  use<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** All or nothing; the connection of a failed transaction is closed, which rolls it back whatever state it is in. */
  transaction<Result>(isolation: Isolation, work: (sql: Sql) => Promise<Result>): Promise<Result>;
  /** Closes all connections; statements still under way after a grace are cut. */
  close(): Promise<void>;
}

/**
 * Connects on demand: nothing is sent before the first statement.
 *
 * @throws when the password file or the CA file cannot be read
 */
export function openDatabase(settings: DatabaseSettings, observer: DatabaseObserver = UNOBSERVED): Database {
  return new PooledDatabase(createPool(settings), settings.timeouts, observer);
}

class PooledDatabase implements Database {
  readonly #pool: Pool;
  readonly #timeouts: DatabaseSettings['timeouts'];
  readonly #observer: DatabaseObserver;
  readonly #inUse = new Set<PoolConnection>();
  /** Which connections were made before the server last refused a write as read-only. */
  readonly #epochOf = new WeakMap<PoolConnection, number>();
  #epoch = 0;

  constructor(pool: Pool, timeouts: DatabaseSettings['timeouts'], observer: DatabaseObserver) {
    this.#pool = pool;
    this.#timeouts = timeouts;
    this.#observer = observer;
  }

  async use<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const connection = await this.#acquire();
    let reusable = false;
    try {
      const result = await work(await this.#sqlOn(connection));
      reusable = true;
      return result;
    } catch (error) {
      reusable = !spoilsConnection(error);
      throw error;
    } finally {
      this.#giveBack(connection, reusable);
    }
  }

  async transaction<Result>(isolation: Isolation, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const connection = await this.#acquire();
    let committed = false;
    try {
      const sql = await this.#sqlOn(connection);
      await sql.write('begin', `SET TRANSACTION ISOLATION LEVEL ${isolation}`);
      await sql.write('begin', 'START TRANSACTION');
      const result = await work(sql);
      await sql.write('commit', 'COMMIT');
      committed = true;
      return result;
    } finally {
      this.#giveBack(connection, committed);
    }
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#pool.end(() => resolve());
    });
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, CLOSE_MS);
    await Promise.race([ended, grace.promise]);
    clearTimeout(timer);
    for (const connection of this.#inUse) abandon(connection);
  }

  async #sqlOn(connection: PoolConnection): Promise<Sql> {
    const run = async <Result extends QueryResult>(name: string, sql: string, refusal?: 'row' | 'statement'): Promise<Result> => {
      const startedAt = performance.now();
      let failure: unknown;
      try {
        return await ask<Result>(connection, name, sql, this.#timeouts.statementMs, refusal);
      } catch (error) {
        failure = error;
        // A primary that was failed over goes on answering reads, with what a replica knows: whoever asks next connects anew.
        if (hasCode(error, 'DATABASE_READ_ONLY')) this.#epoch += 1;
        throw error;
      } finally {
        this.#observer.statement(name, (performance.now() - startedAt) / 1000, failure);
      }
    };
    return {
      server: await serverOf(connection),
      select: (name, sql) => run(name, sql),
      write: async (name, sql, refusal) => (await run<ResultSetHeader>(name, sql, refusal)).affectedRows,
    };
  }

  async #acquire(): Promise<PoolConnection> {
    for (;;) {
      const connection = await this.#fromPool();
      const epoch = this.#epochOf.get(connection);
      if (epoch === undefined) this.#epochOf.set(connection, this.#epoch);
      if (epoch === undefined || epoch === this.#epoch) return connection;
      this.#giveBack(connection, false);
    }
  }

  #fromPool(): Promise<PoolConnection> {
    const { acquireMs } = this.#timeouts;
    const startedAt = performance.now();
    return new Promise<PoolConnection>((resolve, reject) => {
      let late = false;
      const acquired = answerTimeout(acquireMs, () => {
        late = true;
        const error = new OperatorError('DATABASE_UNAVAILABLE', `connect: no free connection within ${acquireMs} ms`);
        this.#observer.statement('connect', (performance.now() - startedAt) / 1000, error);
        reject(error);
      });
      this.#pool.getConnection((error, connection) => {
        acquired();
        if (late) {
          if (error === null) connection.release();
          return;
        }
        if (error === null) {
          this.#inUse.add(connection);
          resolve(connection);
          return;
        }
        const failure = databaseFailure(error, 'connect');
        this.#observer.statement('connect', (performance.now() - startedAt) / 1000, failure);
        reject(failure);
      });
    });
  }

  #giveBack(connection: PoolConnection, reusable: boolean): void {
    this.#inUse.delete(connection);
    if (reusable) connection.release();
    else abandon(connection);
  }
}
