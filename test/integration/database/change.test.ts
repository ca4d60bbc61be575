import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

/** So many seconds before now, as SQL. */
function at(seconds: number | null | undefined): string {
  return seconds === null || seconds === undefined ? 'NULL' : `NOW() - INTERVAL ${seconds} SECOND`;
}

/** All of it on a server half an hour off any whole zone, with a worker that lives in that zone. */
describe('changing rows, on a server in +05:30', () => {
  let table: JobsTable;

  beforeAll(async () => {
    table = await jobsTable(stack, await stack.ownMysqlServer({ flags: ['--default-time-zone=+05:30'] }));
  }, SETUP_TIMEOUT_MS);

  /** A worker's row; times are seconds before now, null for NULL. */
  async function put(jobId: string, status: string, times: { created?: number | null; updated?: number | null; completed?: number | null; ttl?: number | null } = {}): Promise<void> {
    await table.worker.query(
      `INSERT INTO jobs (job_id, type, status, progress, request_payload, created_at, updated_at, completed_at, ttl_expires_at) VALUES (?, 'clone', ?, NULL, '{}', ${at(times.created ?? 1000)}, ${times.updated === null ? 'NULL' : at(times.updated ?? 100)}, ${at(times.completed)}, ${at(times.ttl)})`,
      [jobId, status],
    );
  }

  it('cancels what has not finished, and stamps its end by the clock of the database', async () => {
    await put('p', 'pending');
    await put('r', 'running');
    await Promise.all([table.rows.cancel('p'), table.rows.cancel('r')]);
    const now = await table.now();
    for (const jobId of ['p', 'r']) {
      const row = await table.row(jobId);
      expect(row).toMatchObject({ status: 'cancelled' });
      expect(Math.abs(Number(row?.['completed_unix']) - now)).toBeLessThan(5);
    }
  });

  it.each(['completed', 'failed', 'cancelled'])('does not touch a row that is %s, however often it is cancelled', async (status) => {
    await put(`c-${status}`, status, { completed: 50 });
    const before = await table.row(`c-${status}`);
    await table.rows.cancel(`c-${status}`);
    await table.rows.cancel(`c-${status}`);
    expect(await table.row(`c-${status}`)).toEqual(before);
  });

  it.each([
    ['completed_at, when it is the later', { completed: 10, updated: 100 }, 'completed_unix'],
    ['updated_at, when it is the later', { completed: 100, updated: 10 }, 'updated_unix'],
    ['updated_at, when there is no completed_at', { completed: null, updated: 10 }, 'updated_unix'],
    ['completed_at, when there is no updated_at', { completed: 10, updated: null }, 'completed_unix'],
  ])('counts the TTL of a finished row from %s', async (name, times, from) => {
    const jobId = `ttl ${name}`.slice(0, 36);
    await put(jobId, 'completed', times);
    const before = await table.row(jobId);
    await table.rows.stampTtl(jobId, { kind: 'ttl', seconds: 3600 });
    const after = await table.row(jobId);
    expect(Number(after?.['ttl_unix'])).toBe(Number(before?.[from]) + 3600);
    expect(after).toEqual({ ...before, ttl_expires_at: after?.['ttl_expires_at'], ttl_unix: after?.['ttl_unix'] });
  });

  it('follows a TTL that was changed, and writes nothing when it was not', async () => {
    await put('again', 'failed', { updated: 10 });
    await table.rows.stampTtl('again', { kind: 'ttl', seconds: 10 });
    const first = Number((await table.row('again'))?.['ttl_unix']);
    await table.rows.stampTtl('again', { kind: 'ttl', seconds: 70 });
    expect(Number((await table.row('again'))?.['ttl_unix'])).toBe(first + 60);
    const before = await changes();
    await table.rows.stampTtl('again', { kind: 'ttl', seconds: 70 });
    expect((await changes()) - before).toBe(0);
  });

  it('caps an expiry at the last second that the column can hold', async () => {
    await put('far', 'completed');
    await table.rows.stampTtl('far', { kind: 'ttl', seconds: 3_153_600_000 });
    expect(await table.row('far')).toMatchObject({ ttl_unix: 2_147_483_647 });
  });

  it('stamps no row that has not finished, and none that has no time to count from', async () => {
    await put('live', 'running');
    await put('timeless', 'completed', { updated: null, completed: null });
    for (const jobId of ['live', 'timeless']) {
      await table.rows.stampTtl(jobId, { kind: 'ttl', seconds: 1 });
      expect(await table.row(jobId)).toMatchObject({ ttl_expires_at: null });
    }
  });

  it('fills in the default where there is no value, and leaves a worker\'s value', async () => {
    await put('empty', 'completed', { updated: 10 });
    await put('worker', 'completed', { updated: 10, ttl: -500 });
    const worker = await table.row('worker');
    for (const jobId of ['empty', 'worker']) await table.rows.stampTtl(jobId, { kind: 'default', seconds: 60 });
    const empty = await table.row('empty');
    expect(Number(empty?.['ttl_unix']) - Number(empty?.['updated_unix'])).toBe(60);
    expect(await table.row('worker')).toEqual(worker);
  });

  it('clears the expiry of a row that runs again, and of no other', async () => {
    await put('runs-again', 'running', { ttl: 10 });
    await put('has-ended', 'completed', { ttl: 10 });
    for (const jobId of ['runs-again', 'has-ended']) await table.rows.stampTtl(jobId, { kind: 'clear' });
    expect(await table.row('runs-again')).toMatchObject({ ttl_expires_at: null });
    expect((await table.row('has-ended'))?.['ttl_expires_at']).not.toBeNull();
  });

  it('removes a row of twenty seconds, and marks a younger one to go at that age', async () => {
    await put('old', 'completed', { created: 21 });
    await put('young', 'completed', { created: 5 });
    await put('unborn', 'completed', { created: 1 });
    await table.worker.query("UPDATE jobs SET created_at = NULL WHERE job_id = 'unborn'");
    await Promise.all(['old', 'young', 'unborn'].map((jobId) => table.rows.remove(jobId)));
    expect(await table.row('old')).toBeUndefined();
    expect(await table.row('unborn')).toBeUndefined();
    await table.rows.stampTtl('young', { kind: 'removable' });
    const young = await table.row('young');
    expect(Number(young?.['ttl_unix']) - Number(young?.['created_unix'])).toBe(20);
  });

  it('gives each row of a batch its own stamp', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `stamp-${index}`);
    for (const jobId of ids) await put(jobId, 'completed', { updated: 10 });
    await Promise.all(ids.map((jobId, index) => table.rows.stampTtl(jobId, { kind: 'ttl', seconds: 100 + (index % 3) })));
    const read = await Promise.all(ids.map((jobId) => table.rows.read(jobId)));
    expect(read.map(({ row }) => (row?.ttlExpiresAt ?? 0) - (row?.updatedAt ?? 0))).toEqual(ids.map((_, index) => 100 + (index % 3)));
  });

  it('inserts and reads by the same clock', async () => {
    const { now } = await table.rows.read('nothing');
    expect(Math.abs(now - Date.now() / 1000)).toBeLessThan(60);
    await table.rows.insert(newRow('clock', now, { deadline: now + 10 }));
    const { row } = await table.rows.read('clock');
    expect(Math.abs((row?.createdAt ?? 0) - now)).toBeLessThan(5);
  });

  async function changes(): Promise<number> {
    const [found] = await table.worker.query("SHOW GLOBAL STATUS LIKE 'Handler_update'");
    return Number((found as { Value: string }[])[0]?.Value);
  }
});
