import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2/promise';
import { createDataSource, MIGRATIONS_TABLE } from '../../../src/database/data-source.ts';
import { openDatabase } from '../../../src/database/database.ts';
import { TOMBSTONES_TABLE } from '../../../src/database/jobs-table.ts';
import { migrate, plannedMigrations } from '../../../src/database/migrator.ts';
import { checkShape } from '../../../src/database/shape.ts';
import { hasUpdatedAtIndex } from '../../../src/database/statements/scan-rows.ts';
import { JOBS_TABLE_DDL } from '../../support/jobs-table-ddl.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { settingsFor } from './jobs-table.ts';

const stack = useStack();

async function withConnection<Result>(database: Database, work: (query: (sql: string) => Promise<RowDataPacket[]>) => Promise<Result>): Promise<Result> {
  const connection = await database.connect();
  try {
    return await work(async (sql) => (await connection.query<RowDataPacket[]>(sql))[0]);
  } finally {
    await connection.end();
  }
}

const showTable = (database: Database): Promise<string> =>
  withConnection(database, async (query) => String((await query('SHOW CREATE TABLE jobs'))[0]?.['Create Table']));

const tablesOf = (database: Database): Promise<string[]> =>
  withConnection(database, async (query) => (await query('SHOW TABLES')).map((row) => String(Object.values(row)[0])).toSorted());

async function seeded(): Promise<Database> {
  const database = await stack.database();
  await withConnection(database, (query) => query(JOBS_TABLE_DDL));
  return database;
}

async function shapeOf(database: Database): Promise<unknown> {
  const opened = openDatabase(settingsFor(database));
  try {
    return await checkShape(opened).catch((error: unknown) => error);
  } finally {
    await opened.close();
  }
}

describe('the jobs table', () => {
  let theirs: string;

  beforeAll(async () => {
    theirs = await showTable(await seeded());
  }, SETUP_TIMEOUT_MS);

  it("is the seed's, to the letter of SHOW CREATE TABLE, and leaves no trace beside it", async () => {
    const database = await stack.database();
    await migrate(settingsFor(database), 'create');
    expect(await showTable(database)).toBe(theirs);
    expect(await tablesOf(database)).toEqual(['jobs']);
    expect(await shapeOf(database)).toBeUndefined();
  });

  it('is what the entity describes: TypeORM finds nothing to change (on MySQL)', async () => {
    const database = await seeded();
    const dataSource = await createDataSource(settingsFor(database)).initialize();
    try {
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      // On MariaDB, TypeORM takes JSON and defaults for different whatever the entity says: why migrations are written by hand.
      const differences = stack.mysql.engine === 'mysql' ? upQueries.map(({ query }) => query) : [];
      expect(differences).toEqual([]);
    } finally {
      await dataSource.destroy();
    }
  });

  it('is made once by two operators that start together', async () => {
    const database = await stack.database();
    const settings = settingsFor(database);
    const made = await Promise.all([migrate(settings, 'full'), migrate(settings, 'full'), migrate(settings, 'create')]);
    expect(made.flat().filter((statement) => statement.startsWith('CREATE TABLE IF NOT EXISTS jobs ('))).toHaveLength(1);
    expect(await tablesOf(database)).toEqual(['jobs', MIGRATIONS_TABLE, TOMBSTONES_TABLE]);
  }, SETUP_TIMEOUT_MS);

  it('of other producers is adopted as it is, rows and all', async () => {
    const database = await seeded();
    await withConnection(database, (query) => query(`INSERT INTO jobs (job_id, type, request_payload) VALUES ('theirs', 'delete', '{"n": 9007199254740993}')`));
    await expect(migrate(settingsFor(database), 'create')).resolves.toEqual([]);
    expect(await showTable(database)).toBe(theirs);
    expect(await tablesOf(database)).toEqual(['jobs']);
    expect(await withConnection(database, (query) => query('SELECT job_id FROM jobs'))).toEqual([{ job_id: 'theirs' }]);
    expect(await shapeOf(database)).toBeUndefined();
  });

  it('gets the optional index with `full`, once, also beside rows of others', async () => {
    const database = await seeded();
    const settings = settingsFor(database);
    await expect(migrate(settings, 'full')).resolves.toContainEqual(expect.stringContaining('ADD INDEX idx_updated_at'));
    await expect(migrate(settings, 'full')).resolves.toEqual([]);
    const opened = openDatabase(settings);
    try {
      await expect(opened.use(hasUpdatedAtIndex)).resolves.toBe(true);
    } finally {
      await opened.close();
    }
  });

  it('is planned without being touched', async () => {
    const database = await stack.database();
    const planned = await plannedMigrations(settingsFor(database), 'full');
    expect(planned).toEqual([expect.stringContaining('CREATE TABLE'), expect.stringContaining('ADD INDEX'), expect.stringContaining('CREATE TABLE')]);
    await expect(plannedMigrations(settingsFor(database), 'off')).resolves.toEqual([]);
    expect(await tablesOf(database)).toEqual([]);
  });

  it('is never made with `off`, and missed by name', async () => {
    const database = await stack.database();
    await expect(migrate(settingsFor(database), 'off')).resolves.toEqual([]);
    expect(await shapeOf(database)).toMatchObject({ code: 'TABLE_MISMATCH', message: expect.stringContaining('there is no table jobs') });
  });

  it('that does not fit is refused with every column that is in the way', async () => {
    const database = await seeded();
    await withConnection(database, (query) => query("ALTER TABLE jobs DROP COLUMN ttl_expires_at, MODIFY completed_at DATETIME NULL, MODIFY status ENUM('pending', 'running') NOT NULL, ADD tenant INT NOT NULL"));
    const failure = await shapeOf(database);
    expect(failure).toMatchObject({ code: 'TABLE_MISMATCH' });
    for (const name of ['ttl_expires_at is missing', 'completed_at is datetime', "status is enum('pending','running')", 'tenant is int']) expect(String(failure)).toContain(name);
  });

  it('that cannot be reached is no mismatch', async () => {
    const database = await seeded();
    await expect(migrate(settingsFor(database, { port: 1 }), 'create')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(migrate(settingsFor(database, { password: { kind: 'value', value: 'wrong' } }), 'create')).rejects.toMatchObject({ code: 'DATABASE_LOGIN_REFUSED' });
  });
});
