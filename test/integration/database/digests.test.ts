import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { runningText } from '../../../src/database/fingerprint.ts';
import { IdShards, SHARDS } from '../../../src/database/id-shards.ts';
import type { Digest } from '../../../src/database/id-shards.ts';
import { readRows } from '../../../src/database/statements/read-rows.ts';
import { readRunning, runningDigests, scanRunning, waitingDigests } from '../../../src/database/statements/scan-rows.ts';
import { lightFingerprint } from '../../../src/database/fingerprint.ts';
import { useStack } from '../../support/stack.ts';
import { jobsTable } from './jobs-table.ts';

const stack = useStack();

const STATUSES = ['pending', 'pending', 'running', 'running', 'completed', 'cancelled'];
/** Whose ids are not among those that begin with a pair of hexadecimal digits. */
const OUTSIDE = ['job-one', 'zz', '0'];

const everyShard = (digestOf: (shard: number) => Digest | undefined): readonly Digest[] =>
  Array.from({ length: SHARDS }, (_, shard) => digestOf(shard) ?? { count: 0, print: 0 });

it('the server adds up the ids of what waits to the same digests as this process', async () => {
  const { database, worker } = await jobsTable(stack);
  const rows = [...Array.from({ length: 2_000 }, () => randomUUID()), 'ffzz-one'].map((jobId, index) => [jobId, STATUSES[index % STATUSES.length]]);
  const outside = OUTSIDE.map((jobId) => [jobId, 'pending']);
  await worker.query("INSERT INTO jobs (job_id, status, type, request_payload) VALUES ?", [[...rows, ...outside].map((row) => [...row, 'clone', '{}'])]);
  const expected = new IdShards();
  for (const [jobId = '', status] of rows) if (status === 'pending') expected.set(jobId, jobId);

  const digests = await database.use((sql) => waitingDigests(sql, { from: '00', to: 'fg' }));
  expect(everyShard((shard) => digests.get(shard))).toEqual(everyShard((shard) => expected.digest(shard)));
});

it.each([
  ['whole seconds', 'TIMESTAMP'],
  ['fractions of seconds', 'TIMESTAMP(6)'],
])('the server adds up what runs to the same digests as this process, with %s', async (_, time) => {
  const { database, worker } = await jobsTable(stack);
  for (const column of ['updated_at', 'completed_at', 'ttl_expires_at']) await worker.query(`ALTER TABLE jobs MODIFY ${column} ${time} NULL`);
  const times = [null, '2026-01-02 03:04:05', '2026-01-02 03:04:05.5', '2026-01-02 03:04:05.123456', '2038-01-19 03:14:07'];
  const rows = Array.from({ length: 500 }, (_item, index) => [
    randomUUID(),
    'running',
    'clone',
    '{}',
    [null, 0, 42, -1][index % 4],
    times[index % 5],
    times[(index >> 2) % 5],
    times[(index >> 4) % 5],
  ]);
  await worker.query('INSERT INTO jobs (job_id, status, type, request_payload, progress, updated_at, completed_at, ttl_expires_at) VALUES ?', [rows]);

  const expected = new IdShards();
  const found = await database.use((sql) => scanRunning(sql, [{ from: '00', to: 'fg' }]));
  for (const row of found) expected.set(row.jobId, runningText(row.jobId, lightFingerprint(row)));
  const digests = await database.use(runningDigests);
  expect(found).toHaveLength(500);
  expect(everyShard((shard) => digests.get(shard))).toEqual(everyShard((shard) => expected.digest(shard)));
});

it('a running row is read whole as a reconcile reads it, with the time; one that no Job can show comes as far as a scan reads it', async () => {
  const { database, worker } = await jobsTable(stack);
  const [shown, strange, waits] = ['00', '01', '02'].map((start) => `${start}${randomUUID().slice(2)}`) as [string, string, string];
  await worker.query("ALTER TABLE jobs MODIFY type ENUM('clone', 'restore', 'delete', 'paint') NOT NULL");
  await worker.query('INSERT INTO jobs (job_id, status, type, request_payload, progress, result, error) VALUES ?', [
    [
      [shown, 'running', 'clone', '{}', 7, '{"so":"far"}', 'a warning'],
      [strange, 'running', 'paint', '{}', 8, null, null],
      [waits, 'pending', 'clone', '{}', 0, null, null],
    ],
  ]);
  const { rows, now } = await database.use((sql) => readRunning(sql, [{ from: '00', to: 'fg' }]));
  const read = await database.use((sql) => readRows(sql, [shown]));
  expect(rows.find(({ jobId }) => jobId === shown)).toEqual(read.rows.get(shown));
  expect(rows.find(({ jobId }) => jobId === strange)).toEqual(expect.objectContaining({ status: 'running', progress: 8 }));
  expect(rows.find(({ jobId }) => jobId === strange)).not.toHaveProperty('fingerprint');
  expect(rows).toHaveLength(2);
  expect(Math.abs((now ?? 0) - read.now)).toBeLessThan(5);
});

it('a shard where nothing runs tells no time', async () => {
  const { database } = await jobsTable(stack);
  expect(await database.use((sql) => readRunning(sql, [{ from: '00', to: 'fg' }]))).toEqual({ rows: [], now: undefined });
});
