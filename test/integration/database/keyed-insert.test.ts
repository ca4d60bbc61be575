import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import { keyedId, keyedTable } from './keyed-table.ts';
import type { KeyedTable } from './keyed-table.ts';

const stack = useStack();

describe('inserting a keyed row', () => {
  let table: KeyedTable;
  let now: number;

  beforeAll(async () => {
    table = await keyedTable(stack);
    now = await table.now();
  }, SETUP_TIMEOUT_MS);

  async function bury(jobId: string): Promise<void> {
    await table.put(jobId);
    await table.rows.remove(jobId);
    expect(await table.tombstone(jobId)).toMatchObject({ job_id: jobId });
  }

  it('writes it where there is no tombstone, once', async () => {
    const jobId = keyedId('new');
    const row = newRow(jobId, now, { keyed: true, payload: '{"n": 1}' });
    await Promise.all([table.rows.insert(row), table.rows.insert({ ...row, payload: '{"n": 2}' }), table.rows.insert({ ...row, payload: '{"n": 3}' })]);
    expect(await table.row(jobId)).toMatchObject({ status: 'pending', progress: 0, request_payload: '{"n": 1}' });
  });

  it('writes nothing where there is one, pending or cancelled', async () => {
    const jobId = keyedId('buried');
    await bury(jobId);
    await table.rows.insert(newRow(jobId, now, { keyed: true }));
    await table.rows.insert(newRow(jobId, now, { keyed: true, status: 'cancelled', ttlSeconds: 60 }));
    expect(await table.countRows(jobId)).toBe(0);
  });

  it('keeps the deadline', async () => {
    await table.rows.insert(newRow(keyedId('late'), now, { keyed: true, deadline: now - 0.001 }));
    expect(await table.countRows(keyedId('late'))).toBe(0);
  });

  it('leaves out of two hundred at once those that have one, in one statement', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => keyedId(`batch-${index}`));
    const buried = ids.filter((_, index) => index % 50 === 7);
    for (const jobId of buried) await bury(jobId);
    await Promise.all(ids.map((jobId) => table.rows.insert(newRow(jobId, now, { keyed: true }))));
    const counts = await Promise.all(ids.map((jobId) => table.rows.readKeyed(jobId)));
    expect(counts.flatMap(({ row }, index) => (row === null ? [ids[index]] : []))).toEqual(buried);
  });

  it('refuses one that the database cannot take, alone', async () => {
    const tooDeep = `${'['.repeat(101)}1${']'.repeat(101)}`;
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => table.rows.insert(newRow(keyedId(`deep-${name}`), now, { keyed: true, payload: name === 'b' ? tooDeep : '{}' }))));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'ROW_REFUSED' } });
  });
});

describe('without the table of tombstones', () => {
  it('a keyed row is not inserted, and takes no other along', async () => {
    const table = await jobsTable(stack);
    const now = await table.now();
    const [keyed, plain] = await Promise.allSettled([table.rows.insert(newRow(keyedId('k'), now, { keyed: true })), table.rows.insert(newRow('plain', now))]);
    expect(keyed).toMatchObject({ status: 'rejected', reason: { code: 'DATABASE_REFUSED', message: expect.stringMatching(/jobs_tombstones' doesn't exist/) } });
    expect(plain).toMatchObject({ status: 'fulfilled' });
    expect(await table.row(keyedId('k'))).toBeUndefined();
    expect(await table.row('plain')).toBeDefined();
  }, SETUP_TIMEOUT_MS);
});
