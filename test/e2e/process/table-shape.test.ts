import type { Connection } from 'mysql2/promise';
import { describe, expect, it } from '@jest/globals';
import { CREATE_JOBS_TABLE } from '../../../src/database/jobs-table.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { logOf } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';

const stack = useStack();

async function inDatabase<Result>(database: Database, work: (connection: Connection) => Promise<Result>): Promise<Result> {
  const connection = await database.connect();
  try {
    return await work(connection);
  } finally {
    await connection.end();
  }
}

/** The table as the server describes it. */
function tables(database: Database): Promise<unknown> {
  return inDatabase(database, async (connection) => {
    const [names] = await connection.query('SHOW TABLES');
    const [definition] = await connection.query('SHOW CREATE TABLE jobs');
    const [rows] = await connection.query('SELECT * FROM jobs');
    return { names, definition, rows };
  });
}

describe('a table that does not fit', () => {
  it.each([
    ['is of another type', 'ALTER TABLE jobs MODIFY progress VARCHAR(10)', 'progress'],
    ['does not know a status', "ALTER TABLE jobs MODIFY status ENUM('pending', 'running', 'completed') NOT NULL DEFAULT 'pending'", 'status'],
    ['is missing', 'ALTER TABLE jobs DROP COLUMN ttl_expires_at', 'ttl_expires_at'],
  ])('because a column %s is refused at start with the column’s name, and left as it is', async (_, alteration, column) => {
    const database = await stack.database();
    await inDatabase(database, async (connection) => {
      await connection.query(CREATE_JOBS_TABLE);
      await connection.query(alteration);
      await connection.query("INSERT INTO jobs (job_id, type, request_payload) VALUES ('somebody’s', 'clone', '{}')");
    });
    const before = await tables(database);
    const { operator, jobs } = await openScene(stack, { database, start: false });
    await jobs.create('waits');

    operator.service.launch();
    expect(await operator.service.ended).toBe('code 1');
    const last = logOf(operator).at(-1);
    expect(last).toMatchObject({ level: 'fatal', error: { code: 'TABLE_MISMATCH' } });
    expect(last?.error?.message).toContain(column);
    expect(await tables(database)).toEqual(before);
    expect((await jobs.get('waits')).status.jobId).toBeUndefined();
  }, SETUP_TIMEOUT_MS);
});
