/** The jobs table with the operator's own table of tombstones beside it, and removals that can be held in the middle. */
import { createHash } from 'node:crypto';
import type { RowDataPacket } from 'mysql2';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import type { Database, Sql } from '../../../src/database/database.ts';
import { createExpiredRows } from '../../../src/database/expired-rows.ts';
import type { ExpiredRows } from '../../../src/database/expired-rows.ts';
import { JOB_ID_TYPE, createTombstonesTable } from '../../../src/database/jobs-table.ts';
import { createRows } from '../../../src/database/rows.ts';
import type { Rows } from '../../../src/database/rows.ts';
import type { TestStack } from '../../support/stack.ts';
import { jobsTable } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

export interface KeyedTable extends JobsTable {
  readonly expired: ExpiredRows;
  /** The columns of one tombstone, times as Unix seconds in `*_unix`. */
  tombstone(jobId: string): Promise<Record<string, unknown> | undefined>;
  /** A worker's row, finished and expired a while ago unless told otherwise. */
  put(jobId: string, columns?: Readonly<Record<string, unknown>>): Promise<void>;
  countRows(jobId: string): Promise<number>;
}

export async function keyedTable(stack: TestStack, server?: Parameters<TestStack['database']>[0]): Promise<KeyedTable> {
  const table = await jobsTable(stack, server);
  await table.worker.query(createTombstonesTable(JOB_ID_TYPE));
  return {
    ...table,
    expired: createExpiredRows(table.database),
    async tombstone(jobId) {
      const [found] = await table.worker.query<RowDataPacket[]>(
        'SELECT *, UNIX_TIMESTAMP(created_at) created_unix, UNIX_TIMESTAMP(completed_at) completed_unix, UNIX_TIMESTAMP(ttl_expires_at) ttl_unix, UNIX_TIMESTAMP(removed_at) removed_unix FROM jobs_tombstones WHERE job_id = ?',
        [jobId],
      );
      return found[0];
    },
    async put(jobId, columns = {}) {
      await table.worker.query(
        "INSERT INTO jobs (job_id, type, status, request_payload, created_at, completed_at, ttl_expires_at) VALUES (?, 'clone', 'completed', '{}', NOW() - INTERVAL 1000 SECOND, NOW() - INTERVAL 200 SECOND, NOW() - INTERVAL 100 SECOND)",
        [jobId],
      );
      if (Object.keys(columns).length > 0) await table.worker.query('UPDATE jobs SET ? WHERE job_id = ?', [columns, jobId]);
    },
    async countRows(jobId) {
      const [found] = await table.worker.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM jobs WHERE job_id = ?', [jobId]);
      return Number(found[0]?.['n']);
    },
  };
}

/** A UUID of version 5 for a name, as a key would give it. */
export function keyedId(name: string): string {
  const hex = createHash('sha1').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The same database, where `after` is awaited behind each statement, before whoever sent it hears of it. */
export function heldAfter(database: Database, after: (statement: string) => Promise<void>): Database {
  const held = (sql: Sql): Sql => ({
    server: sql.server,
    async select(name, text) {
      const rows = await sql.select(name, text);
      await after(name);
      // The caller's type, which the driver's answer was given by the same call.
      return rows as never;
    },
    async write(name, text, refusal) {
      const matched = await sql.write(name, text, refusal);
      await after(name);
      return matched;
    },
  });
  return {
    use: (work) => database.use((sql) => work(held(sql))),
    transaction: (isolation, work) => database.transaction(isolation, (sql) => work(held(sql))),
    close: () => database.close(),
  };
}

/** The rows as another operator on the same database has them. */
export function rowsOn(database: Database): Rows {
  return createRows({ database, databaseClock: createDatabaseClock() });
}
