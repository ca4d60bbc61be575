import type { RowDataPacket } from 'mysql2/promise';
import { beforeAll, expect, it } from '@jest/globals';
import type { Sql } from '../../../src/database/database.ts';
import { ADD_UPDATED_AT_INDEX } from '../../../src/database/jobs-table.ts';
import { lookAtRows, readRunning, runningDigests, scanRunning, scanUpdated, waitingDigests, waitingStarts } from '../../../src/database/statements/scan-rows.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { jobsTable } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

let table: JobsTable;

beforeAll(async () => {
  table = await jobsTable(stack);
  // As in a table that has been used for a while: almost all rows have finished.
  const rows = Array.from({ length: 3_000 }, (_, number) => [`${(number * 83).toString(16).padStart(8, '0')}-job`, 'clone', ['pending', 'running'][number % 20] ?? 'completed', '{}', '2026-01-02 03:04:05']);
  await table.worker.query('INSERT INTO jobs (job_id, type, status, request_payload, updated_at) VALUES ?', [rows]);
  await table.worker.query('ANALYZE TABLE jobs');
}, SETUP_TIMEOUT_MS);

/** What the server would do for a statement of the feed, in its own words: MySQL's tree, MariaDB's table. */
async function planOf(ask: (sql: Sql) => Promise<unknown>): Promise<string> {
  let text = '';
  await ask({
    server: { maxAllowedPacket: 0, version: '' },
    select(_, sql) {
      text = sql;
      return Promise.resolve([]);
    },
    write: () => Promise.reject(new Error('the feed writes nothing')),
  });
  const [plan] = await table.worker.query<RowDataPacket[]>(`EXPLAIN ${text}`);
  return plan.flatMap((line) => Object.values(line)).join(' ');
}

const BY_STATUS_ALONE = /covering index .*idx_status|idx_status.*using index(?! condition)/is;

it.each<[string, (sql: Sql) => Promise<unknown>]>([
  ['adds up what waits', (sql) => waitingDigests(sql, { from: '00', to: '80' })],
  ['reads the ids of what waits', (sql) => waitingStarts(sql, [{ from: '00', to: '10' }, { from: '11', to: '80' }], 20_001)],
])('the feed %s from the index on status alone', async (_, ask) => {
  expect(await planOf(ask)).toMatch(BY_STATUS_ALONE);
});

it('the feed adds up what runs by the index on status', async () => {
  expect(await planOf(runningDigests)).toMatch(/idx_status/);
});

it('the feed sorts nothing for the ids of what waits', async () => {
  expect(await planOf((sql) => waitingStarts(sql, [{ from: '00', to: '80' }], 20_001))).not.toMatch(/sort|temporary/i);
});

it.each<[string, RegExp, (sql: Sql) => Promise<unknown>]>([
  ['running rows by the index on status', /idx_status/, (sql) => scanRunning(sql, [{ from: '00', to: '10' }, { from: '11', to: '80' }])],
  ['whole running rows by the index on status', /idx_status/, (sql) => readRunning(sql, [{ from: '00', to: '10' }, { from: '11', to: '80' }])],
  ['single rows by their keys', /PRIMARY/, (sql) => lookAtRows(sql, ['00000053-job', '000000a6-job'])],
])('the feed finds %s, and sorts nothing', async (_, index, ask) => {
  const plan = await planOf(ask);
  expect(plan).toMatch(index);
  expect(plan).not.toMatch(/sort|temporary/i);
});

it('the feed finds rows stamped of late by the optional index, and sorts nothing', async () => {
  await table.worker.query(ADD_UPDATED_AT_INDEX);
  const plan = await planOf((sql) => scanUpdated(sql, 3, undefined, 2_000));
  expect(plan).toMatch(/idx_updated_at/);
  expect(plan).not.toMatch(/sort|temporary/i);
});
