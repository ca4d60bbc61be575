import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2/promise';
import { JOBS_TABLE_SQL, jobsTableSql } from '../../../dev/manifests.ts';
import { migrate } from '../../../src/database/migrator.ts';
import { useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { settingsFor } from '../database/jobs-table.ts';

const stack = useStack();

async function describeTable(database: Database, sql?: string): Promise<unknown> {
  const connection = await database.connect();
  try {
    if (sql !== undefined) await connection.query(sql);
    const [rows] = await connection.query<RowDataPacket[]>('SHOW CREATE TABLE jobs');
    return rows[0]?.['Create Table'];
  } finally {
    await connection.end();
  }
}

describe('manifests/base/mysql/jobs-table.sql', () => {
  it('is what `make manifests` writes', async () => {
    expect(await readFile(JOBS_TABLE_SQL, 'utf8')).toBe(jobsTableSql());
  });

  it('makes the table that the migration makes, and may be run again', async () => {
    const [byHand, byMigration] = await Promise.all([stack.database(), stack.database()]);
    await migrate(settingsFor(byMigration), 'create');
    const sql = await readFile(JOBS_TABLE_SQL, 'utf8');
    expect(await describeTable(byHand, sql + sql)).toBe(await describeTable(byMigration));
  });
});
