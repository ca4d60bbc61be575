/** A database with the jobs table in it, the operator's connections to it, and somebody else's. */
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import { openDatabase } from '../../../src/database/database.ts';
import type { Database as OperatorDatabase } from '../../../src/database/database.ts';
import { CREATE_JOBS_TABLE } from '../../../src/database/jobs-table.ts';
import { createRows } from '../../../src/database/rows.ts';
import type { Rows } from '../../../src/database/rows.ts';
import type { NewRow } from '../../../src/job/row.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/database/settings.ts';
import type { DatabaseSettings } from '../../../src/database/settings.ts';
import type { Database, TestStack } from '../../support/stack.ts';

/** How the operator would be configured for this database. */
export function settingsFor(database: Pick<Database, 'host' | 'port' | 'name' | 'user' | 'password'>, more: Partial<DatabaseSettings> = {}): DatabaseSettings {
  return {
    host: database.host,
    port: database.port,
    name: database.name,
    user: database.user,
    password: { kind: 'value', value: database.password },
    tls: { mode: 'off', caFile: undefined },
    poolSize: 5,
    timeouts: DEFAULT_TIMEOUTS,
    ...more,
  };
}

export interface JobsTable {
  readonly settings: DatabaseSettings;
  readonly database: OperatorDatabase;
  readonly rows: Rows;
  /** A worker's connection, in the server's zone; times come as they are printed. */
  readonly worker: Connection;
  /** A connection of the server's administrator, who sees and ends those of others. */
  readonly admin: Connection;
  /** The columns of one row, times as Unix seconds in `*_unix`. */
  row(jobId: string): Promise<Record<string, unknown> | undefined>;
  /** The database's clock, Unix seconds. */
  now(): Promise<number>;
}

export async function jobsTable(stack: TestStack, server?: Parameters<TestStack['database']>[0]): Promise<JobsTable> {
  const own = await stack.database(server);
  const worker = await own.connect({ dateStrings: true, jsonStrings: true });
  stack.defer(() => worker.end());
  const admin = await own.connectAsAdmin();
  stack.defer(() => admin.end());
  await worker.query(CREATE_JOBS_TABLE);
  const settings = settingsFor(own);
  const database = openDatabase(settings);
  stack.defer(() => database.close());
  return {
    settings,
    database,
    rows: createRows({ database, databaseClock: createDatabaseClock() }),
    worker,
    admin,
    async row(jobId) {
      const [found] = await worker.query<RowDataPacket[]>(
        'SELECT *, UNIX_TIMESTAMP(created_at) created_unix, UNIX_TIMESTAMP(updated_at) updated_unix, UNIX_TIMESTAMP(completed_at) completed_unix, UNIX_TIMESTAMP(ttl_expires_at) ttl_unix FROM jobs WHERE job_id = ?',
        [jobId],
      );
      return found[0];
    },
    async now() {
      const [found] = await worker.query<RowDataPacket[]>('SELECT UNIX_TIMESTAMP(NOW(6)) AS now');
      return Number(found[0]?.['now']);
    },
  };
}

/** A row to insert, with a deadline far enough for a test. */
export function newRow(jobId: string, now: number, more: Partial<NewRow> = {}): NewRow {
  return { jobId, type: 'clone', status: 'pending', payload: '{}', deadline: now + 60, ttlSeconds: null, ...more };
}
