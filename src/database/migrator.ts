/** Makes what the operator needs in its database, as far as `DB_MIGRATE` allows. */
import { createHash } from 'node:crypto';
import type { DataSource, QueryRunner } from 'typeorm';
import { OperatorError } from '../errors.ts';
import { createDataSource } from './data-source.ts';
import { databaseFailure } from './failure.ts';
import { CreateJobsTable1771545600000 } from './migrations/1771545600000-create-jobs-table.ts';
import { IndexUpdatedAt1771545600001 } from './migrations/1771545600001-index-updated-at.ts';
import { CreateTombstonesTable1771545600002 } from './migrations/1771545600002-create-tombstones-table.ts';
import type { PlannedMigration } from './migrations/migration.ts';
import type { DatabaseSettings, MigrateMode } from './settings.ts';

/** How long a second operator waits for the first one's migrations (s). */
const LOCK_SECONDS = 60;

/** Every migration, in order, with the mode that includes it. */
const MIGRATIONS: readonly { readonly mode: 'create' | 'full'; readonly create: () => PlannedMigration }[] = [
  { mode: 'create', create: () => new CreateJobsTable1771545600000() },
  { mode: 'full', create: () => new IndexUpdatedAt1771545600001() },
  { mode: 'full', create: () => new CreateTombstonesTable1771545600002() },
];

/**
 * Runs what is missing.
 *
 * `create` makes the table if there is none, and leaves no trace beside it: a database of somebody else's gets
 * no bookkeeping table of ours. `full` runs all migrations through TypeORM, which keeps its books. `off` does nothing.
 *
 * Safe to run from several processes at once: a lock of the server serves them one after the other, and
 * where that lock is not cluster-wide (Galera, Group Replication) the statements are harmless when repeated.
 *
 * @returns the statements that were run, in order
 * @throws OperatorError
 */
export async function migrate(settings: DatabaseSettings, mode: MigrateMode): Promise<readonly string[]> {
  if (mode === 'off') return [];
  return withDataSource(settings, async (dataSource) =>
    withLock(dataSource, settings, async (queryRunner) => {
      const planned = await planOf(queryRunner, mode);
      if (mode === 'full') await dataSource.runMigrations({ transaction: 'none' });
      // All of it with `create`; with `full`, what the books call done and somebody has dropped since.
      for (const statement of await planOf(queryRunner, mode)) await queryRunner.query(statement);
      return planned;
    }),
  );
}

/**
 * What `migrate` would run now; changes nothing.
 *
 * @throws OperatorError
 */
export async function plannedMigrations(settings: DatabaseSettings, mode: MigrateMode): Promise<readonly string[]> {
  if (mode === 'off') return [];
  return withDataSource(settings, async (dataSource) => withRunner(dataSource, (queryRunner) => planOf(queryRunner, mode)));
}

async function planOf(queryRunner: QueryRunner, mode: 'create' | 'full'): Promise<readonly string[]> {
  const statements: string[] = [];
  for (const migration of MIGRATIONS) {
    if (mode === 'full' || migration.mode === 'create') statements.push(...(await migration.create().plan(queryRunner)));
  }
  return statements;
}

async function withDataSource<Result>(settings: DatabaseSettings, work: (dataSource: DataSource) => Promise<Result>): Promise<Result> {
  const dataSource = createDataSource(settings);
  try {
    await dataSource.initialize();
    return await work(dataSource);
  } catch (error) {
    throw databaseFailure(error, 'migrate');
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function withRunner<Result>(dataSource: DataSource, work: (queryRunner: QueryRunner) => Promise<Result>): Promise<Result> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    return await work(queryRunner);
  } finally {
    await queryRunner.release();
  }
}

async function withLock<Result>(
  dataSource: DataSource,
  settings: DatabaseSettings,
  work: (queryRunner: QueryRunner) => Promise<Result>,
): Promise<Result> {
  // At most 64 characters, and names are shared by all databases of the server.
  const name = `jobs-operator-${createHash('sha256').update(settings.name).digest('hex').slice(0, 32)}`;
  return withRunner(dataSource, async (queryRunner) => {
    const answer: readonly { readonly granted: number | null }[] = await queryRunner.query('SELECT GET_LOCK(?, ?) AS granted', [name, LOCK_SECONDS]);
    if (answer[0]?.granted !== 1) {
      throw new OperatorError('DATABASE_BUSY', `migrate: another process has been migrating for ${LOCK_SECONDS} s`);
    }
    try {
      return await work(queryRunner);
    } finally {
      await queryRunner.query('SELECT RELEASE_LOCK(?)', [name]);
    }
  });
}
