/** The other side: the table as workers, other producers and database administrators see it. It knows nothing of Kubernetes. */

import { randomUUID } from 'node:crypto';
import type { Connection, ConnectionOptions, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { ROW_COLUMNS } from '../../../dev/row.ts';
import type { Row } from '../../../dev/row.ts';
import { WORKER_STATEMENTS } from '../../../dev/worker.ts';
import { waitFor } from '../../../dev/wait-for.ts';

export type { Row };

/** SQL expressions, not values: `{ created_at: 'NOW() - INTERVAL 1 HOUR' }`. */
export type Expressions = Readonly<Partial<Record<keyof Row, string>>>;

export class Rows {
  /** Text where the driver would round. */
  static readonly EXACT: ConnectionOptions = { jsonStrings: true, dateStrings: true };

  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    // Tests kill servers: the next query tells, and nobody listens in between.
    connection.on('error', () => undefined);
  }

  /** Also when its server is dead; does nothing the second time. */
  close(): Promise<void> {
    this.connection.destroy();
    return Promise.resolve();
  }

  async query<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const [found] = await this.connection.query<RowDataPacket[]>(sql, [...values]);
    return found as T[];
  }

  /** @returns how many rows matched */
  async run(sql: string, values: readonly unknown[] = []): Promise<number> {
    const [header] = await this.connection.query<ResultSetHeader>(sql, [...values]);
    return header.affectedRows;
  }

  async find(jobId: string): Promise<Row | undefined> {
    const [row] = await this.query<Row>(`SELECT ${ROW_COLUMNS} FROM jobs WHERE job_id = ?`, [jobId]);
    return row;
  }

  /** Throws when there is none. */
  async get(jobId: string): Promise<Row> {
    const row = await this.find(jobId);
    if (row === undefined) throw new Error(`there is no row ${jobId}`);
    return row;
  }

  all(): Promise<Row[]> {
    return this.query<Row>(`SELECT ${ROW_COLUMNS} FROM jobs ORDER BY job_id`);
  }

  async count(): Promise<number> {
    const [answer] = await this.query<{ count: number }>('SELECT COUNT(*) AS count FROM jobs');
    return Number(answer?.count);
  }

  /** The database's clock, Unix seconds. */
  async now(): Promise<number> {
    const [answer] = await this.query<{ now: number }>('SELECT UNIX_TIMESTAMP() AS now');
    return Number(answer?.now);
  }

  /** The ids that a worker would find to do, oldest first. */
  async pending(): Promise<string[]> {
    return (await this.query<{ job_id: string }>(WORKER_STATEMENTS.pending)).map((row) => row.job_id);
  }

  async progress(jobId: string, percent: number): Promise<void> {
    await this.run(WORKER_STATEMENTS.progress, [percent, jobId]);
  }

  /** @param result JSON text */
  async complete(jobId: string, result = '{"done": true}'): Promise<void> {
    await this.run(WORKER_STATEMENTS.completed, [result, jobId]);
  }

  async fail(jobId: string, error: string): Promise<void> {
    await this.run(WORKER_STATEMENTS.failed, [error, jobId]);
  }

  /** Anything that somebody could do to a row by hand. */
  async set(jobId: string, columns: Expressions): Promise<void> {
    const assignments = Object.entries(columns).map(([column, expression]) => `${column} = ${expression}`);
    await this.run(`UPDATE jobs SET ${assignments.join(', ')} WHERE job_id = ?`, [jobId]);
  }

  /** Makes a row old enough to be removed, and changes nothing else. */
  async age(jobId: string, seconds = 60): Promise<void> {
    await this.set(jobId, { created_at: `created_at - INTERVAL ${seconds} SECOND`, updated_at: 'updated_at' });
  }

  async remove(jobId: string): Promise<void> {
    await this.run('DELETE FROM jobs WHERE job_id = ?', [jobId]);
  }

  /** A row of another producer. @returns its id */
  async insert(columns: Expressions = {}): Promise<string> {
    const jobId = randomUUID();
    const all = { job_id: `'${jobId}'`, type: "'clone'", request_payload: "'{}'", ...columns };
    await this.run(`INSERT INTO jobs (${Object.keys(all).join(', ')}) VALUES (${Object.values(all).join(', ')})`);
    return jobId;
  }

  async untilGone(jobId: string, timeoutMs = 20_000): Promise<void> {
    await waitFor(async () => (await this.find(jobId)) === undefined, { what: `row ${jobId} to be gone`, timeoutMs });
  }

  async untilStatus(jobId: string, status: string): Promise<Row> {
    return waitFor(
      async () => {
        const row = await this.find(jobId);
        return row?.status === status ? row : undefined;
      },
      { what: `row ${jobId} to be ${status}`, timeoutMs: 20_000 },
    );
  }
}
