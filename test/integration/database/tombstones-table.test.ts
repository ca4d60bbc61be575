import { describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2/promise';
import { MIGRATIONS_TABLE } from '../../../src/database/data-source.ts';
import { openDatabase } from '../../../src/database/database.ts';
import { CREATE_JOBS_TABLE } from '../../../src/database/jobs-table.ts';
import { migrate, plannedMigrations } from '../../../src/database/migrator.ts';
import { hasTombstones } from '../../../src/database/shape.ts';
import { useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { settingsFor } from './jobs-table.ts';

const stack = useStack();

async function query(database: Database, sql: string): Promise<RowDataPacket[]> {
  const connection = await database.connect();
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    await connection.end();
  }
}

async function has(database: Database): Promise<boolean> {
  const opened = openDatabase(settingsFor(database));
  try {
    return await opened.use(hasTombstones);
  } finally {
    await opened.close();
  }
}

async function tablesOf(database: Database): Promise<string[]> {
  return (await query(database, 'SHOW TABLES')).map((row) => String(Object.values(row)[0])).toSorted();
}

describe('the table of tombstones', () => {
  it('is made by `full`, once, beside the jobs table', async () => {
    const database = await stack.database();
    const settings = settingsFor(database);
    expect(await has(database)).toBe(false);
    await Promise.all([migrate(settings, 'full'), migrate(settings, 'full')]);
    expect(await tablesOf(database)).toEqual(['jobs', MIGRATIONS_TABLE, 'jobs_tombstones']);
    expect(await has(database)).toBe(true);
    await expect(migrate(settings, 'full')).resolves.toEqual([]);
  });

  it.each(['create', 'off'] as const)('is never made by `%s`', async (mode) => {
    const database = await stack.database();
    await query(database, CREATE_JOBS_TABLE);
    await migrate(settingsFor(database), mode);
    expect(await tablesOf(database)).toEqual(['jobs']);
    expect(await has(database)).toBe(false);
  });

  it('is planned without being made', async () => {
    const database = await stack.database();
    await query(database, CREATE_JOBS_TABLE);
    const planned = await plannedMigrations(settingsFor(database), 'full');
    expect(planned).toEqual([expect.stringContaining('ADD INDEX'), expect.stringContaining('CREATE TABLE IF NOT EXISTS jobs_tombstones')]);
    expect(await tablesOf(database)).toEqual(['jobs']);
  });

  it('has the key of the jobs table that it finds, collation and all', async () => {
    const database = await stack.database();
    await query(database, CREATE_JOBS_TABLE.replace('job_id VARCHAR(36) PRIMARY KEY', 'job_id VARCHAR(64) CHARACTER SET latin1 COLLATE latin1_bin PRIMARY KEY'));
    await migrate(settingsFor(database), 'full');
    const columns = await query(database, "SELECT DISTINCT column_type AS type, collation_name AS collation FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'job_id'");
    expect(columns).toEqual([{ type: 'varchar(64)', collation: 'latin1_bin' }]);
    expect(await has(database)).toBe(true);
  });

  it('comes back with `full` after it was dropped, whatever the books of migrations say', async () => {
    const database = await stack.database();
    await migrate(settingsFor(database), 'full');
    await query(database, 'DROP TABLE jobs_tombstones');
    await query(database, 'ALTER TABLE jobs DROP INDEX idx_updated_at');
    await expect(migrate(settingsFor(database), 'full')).resolves.toHaveLength(2);
    expect(await has(database)).toBe(true);
    await expect(plannedMigrations(settingsFor(database), 'full')).resolves.toEqual([]);
  });

  it('counts for nothing while it does not fit', async () => {
    const database = await stack.database();
    await migrate(settingsFor(database), 'full');
    await query(database, 'ALTER TABLE jobs_tombstones DROP COLUMN payload_digest');
    expect(await has(database)).toBe(false);
  });
});
