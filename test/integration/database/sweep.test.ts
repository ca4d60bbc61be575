import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2';
import { createExpiredRows } from '../../../src/database/expired-rows.ts';
import type { ExpiredRows } from '../../../src/database/expired-rows.ts';
import { STATEMENT_NAMES } from '../../../src/database/statement-names.ts';
import { openDatabase } from '../../../src/database/database.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { jobsTable } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

describe('sweeping', () => {
  let table: JobsTable;
  let expired: ExpiredRows;

  beforeAll(async () => {
    table = await jobsTable(stack);
    expired = createExpiredRows(table.database);
  }, SETUP_TIMEOUT_MS);

  beforeEach(async () => {
    await table.worker.query('DELETE FROM jobs');
  });

  async function put(jobId: string, status: string, expiredSeconds: number | null, ageSeconds = 1000): Promise<void> {
    await table.worker.query(
      "INSERT INTO jobs (job_id, type, status, request_payload, created_at, ttl_expires_at) VALUES (?, 'clone', ?, '{}', NOW() - INTERVAL ? SECOND, NOW() - INTERVAL ? SECOND)",
      [jobId, status, ageSeconds, expiredSeconds],
    );
  }

  async function left(): Promise<string[]> {
    const [found] = await table.worker.query('SELECT job_id FROM jobs ORDER BY job_id');
    return (found as { job_id: string }[]).map(({ job_id: jobId }) => jobId);
  }

  it('finds expired rows page by page in the order of their expiry, several of one second included, unfinished ones marked', async () => {
    for (let index = 0; index < 7; index += 1) await put(`same-${index}`, 'completed', 50);
    await put('first', 'running', 100);
    await put('last', 'failed', 2);
    await put('future', 'completed', -100);
    await put('never', 'completed', null);
    const found: string[] = [];
    const unfinished: string[] = [];
    let after: Awaited<ReturnType<ExpiredRows['page']>>['next'];
    do {
      const page = await expired.page(after, 3);
      for (const { jobId, finished } of page.rows) {
        found.push(jobId);
        if (!finished) unfinished.push(jobId);
      }
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(['first', ...Array.from({ length: 7 }, (_, index) => `same-${index}`), 'last']);
    expect(unfinished).toEqual(['first']);
    expect(await expired.countUnfinished()).toBe(1);
  });

  it('says no time when there is nothing to sweep', async () => {
    await expect(expired.page(undefined, 10)).resolves.toEqual({ rows: [], next: undefined, now: undefined });
  });

  it('removes foreign rows only when they are finished, expired for long enough and old enough', async () => {
    await put('gone', 'completed', 100);
    await put('running', 'running', 100);
    await put('pending', 'pending', 100);
    await put('grace', 'failed', 20);
    await put('young', 'cancelled', 100, 5);
    await put('never', 'completed', null);
    await put('unnamed', 'completed', 100);
    const removed = await expired.removeForeign(['gone', 'running', 'pending', 'grace', 'young', 'never', 'nobody'], 60);
    expect(removed).toBe(1);
    expect(await left()).toEqual(['grace', 'never', 'pending', 'running', 'unnamed', 'young']);
  });

  it('removes of our own rows those that are shown as they are, and tells which', async () => {
    await put('shown', 'completed', 100);
    await put('not-shown', 'completed', 100);
    await put('runs-again', 'running', 100);
    const asked: string[] = [];
    const removed = await expired.removeShown(['shown', 'not-shown', 'runs-again', 'nobody'], (row) => {
      asked.push(row.jobId);
      return row.jobId === 'shown';
    });
    expect(removed).toEqual(['shown']);
    expect(asked.toSorted()).toEqual(['not-shown', 'shown']);
    expect(await left()).toEqual(['not-shown', 'runs-again']);
  });

  it('compares what a worker has just written, because it waits for the worker to commit', async () => {
    await put('late', 'completed', 100);
    await table.worker.query('START TRANSACTION');
    await table.worker.query("UPDATE jobs SET error = 'one more word' WHERE job_id = 'late'");
    let compared: string | null | undefined;
    const removal = expired.removeShown(['late'], (row) => {
      compared = row.error;
      return row.error === null;
    });
    await waitFor(
      async () => {
        const [found] = await table.admin.query<RowDataPacket[]>("SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT%FOR UPDATE'");
        return found.length > 0;
      },
      { what: 'the sweep to wait for the lock', timeoutMs: 3_000 },
    );
    await table.worker.query('COMMIT');
    await expect(removal).resolves.toEqual([]);
    expect(compared).toBe('one more word');
    expect(await left()).toEqual(['late']);
  });

  it('removes nothing when the comparison itself fails', async () => {
    await put('kept', 'completed', 100);
    await expect(
      expired.removeShown(['kept'], () => {
        throw new TypeError('a bug');
      }),
    ).rejects.toThrow('a bug');
    expect(await left()).toEqual(['kept']);
    await table.worker.query("UPDATE jobs SET progress = 1 WHERE job_id = 'kept'");
  });

  it('sends no statement that is not counted from the start', async () => {
    const names = new Set<string>();
    const database = openDatabase(table.settings, { statement: (name) => void names.add(name) });
    try {
      const watched = createExpiredRows(database);
      await put('a', 'completed', 100);
      await watched.page(undefined, 10);
      await watched.removeForeign(['b'], 0);
      await watched.removeShown(['a'], () => true);
      await watched.countUnfinished();
    } finally {
      await database.close();
    }
    expect([...names].filter((name) => !STATEMENT_NAMES.some((known) => known === name))).toEqual([]);
    expect(names.size).toBeGreaterThanOrEqual(6);
  });
});
