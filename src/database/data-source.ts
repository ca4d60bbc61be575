/**
 * TypeORM's view of the database: the entity, and the migrations that make its table.
 *
 * It is loaded for migrations only. What the operator does all day long goes through `database.ts`, whose
 * statements have time limits that TypeORM cannot give them, and whose memory is smaller by all of TypeORM.
 */
import { DataSource } from 'typeorm';
import type { Logger } from 'typeorm';
import { JobEntity } from './job.entity.ts';
import { CreateJobsTable1771545600000 } from './migrations/1771545600000-create-jobs-table.ts';
import { IndexUpdatedAt1771545600001 } from './migrations/1771545600001-index-updated-at.ts';
import { CreateTombstonesTable1771545600002 } from './migrations/1771545600002-create-tombstones-table.ts';
import { createPool } from './pool.ts';
import type { DatabaseSettings } from './settings.ts';

/** Where TypeORM keeps which migrations have run; only `DB_MIGRATE=full` makes this table. */
export const MIGRATIONS_TABLE = 'jobs_operator_migrations';

/** A DDL statement on a large table takes its time (ms); a peer that is gone is noticed by TCP's own probes. */
const DDL_MS = 3_600_000;

const nothing = (): void => undefined;

/** TypeORM prints a failed migration on standard output, `logging` or not; there are JSON lines and SQL only, and the error is thrown anyway. */
const SILENT: Logger = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};

/** Not connected yet: `initialize()` does that. Never synchronizes a schema. */
export function createDataSource(settings: DatabaseSettings): DataSource {
  const patient = { ...settings, poolSize: 2, timeouts: { ...settings.timeouts, statementMs: DDL_MS } };
  return new DataSource({
    type: 'mysql',
    // Same connections as everybody else's, so TypeORM's own options about them are not even looked at.
    driver: { createPool: () => createPool(patient) },
    database: settings.name,
    entities: [JobEntity],
    migrations: [CreateJobsTable1771545600000, IndexUpdatedAt1771545600001, CreateTombstonesTable1771545600002],
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'none',
    synchronize: false,
    migrationsRun: false,
    logging: false,
    logger: SILENT,
    timezone: 'Z',
    supportBigNumbers: true,
    charset: 'utf8mb4_unicode_ci',
  });
}
