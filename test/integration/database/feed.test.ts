import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import { feedSource } from '../../../src/database/feed-source.ts';
import { ADD_UPDATED_AT_INDEX } from '../../../src/database/jobs-table.ts';
import { PollFeed } from '../../../src/database/poll-feed.ts';
import { isFinishedFingerprint } from '../../../src/database/fingerprint.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

const stack = useStack();

/** On a server in another zone: the watermark compares with NOW(). */
describe.each([
  ['without an index on updated_at, few jobs', 20, false],
  ['without an index on updated_at, many jobs', 2_500, false],
  ['with an index on updated_at', 2_500, true],
])('the feed on a real table, %s', (_, count, index) => {
  const known = new Map<string, string>();
  const told = new Map<string, string[]>();
  const ids = Array.from({ length: count }, (__, number) => `job-${String(number).padStart(4, '0')}`);
  let table: JobsTable;
  let stop: AbortController | undefined;
  let running: Promise<void> | undefined;

  beforeAll(async () => {
    table = await jobsTable(stack, await stack.ownMysqlServer({ flags: ['--default-time-zone=+05:30'] }));
    if (index) await table.worker.query(ADD_UPDATED_AT_INDEX);
    const now = await table.now();
    await Promise.all(ids.map((jobId) => table.rows.insert(newRow(jobId, now))));
    await Promise.all(ids.map(process));
    stop = new AbortController();
    running = new PollFeed({
      source: feedSource(table.database),
      watched: {
        unfinished: () => ids.filter((jobId) => !isFinishedFingerprint(known.get(jobId) ?? '')),
        all: () => ids,
        fingerprintOf: (jobId) => known.get(jobId),
      },
      onChange: (jobId, kind) => void told.set(jobId, [...(told.get(jobId) ?? []), kind]),
      databaseClock: createDatabaseClock(),
      observer: { looked: () => undefined, failed: (error) => void told.set('failed', [error.message]) },
      intervalMs: 50,
    }).run(stop.signal);
  }, SETUP_TIMEOUT_MS);

  afterEach(() => {
    told.clear();
  });

  async function process(jobId: string): Promise<void> {
    const { row } = await table.rows.read(jobId);
    known.set(jobId, row?.fingerprint ?? 'none');
  }

  const hint = (jobId: string): Promise<unknown> => waitFor(() => told.get(jobId)?.[0], { what: `a hint about ${jobId}`, timeoutMs: 3_000 });

  it('says nothing of rows that are as they were processed', async () => {
    await table.worker.query("INSERT INTO jobs (job_id, type, status, request_payload) VALUES ('foreign', 'clone', 'running', '{}')");
    await table.worker.query("UPDATE jobs SET status = 'running' WHERE job_id = 'job-0019'");
    await hint('job-0019');
    await process('job-0019');
    expect([...told.keys()]).toEqual(['job-0019']);
  });

  it('tells a start, a step and an end, by the statements of the table\'s description', async () => {
    await table.worker.query("UPDATE jobs SET status = 'running', progress = 50 WHERE job_id = 'job-0001'");
    await expect(hint('job-0001')).resolves.toBe('started');
    await process('job-0001');
    told.clear();
    await table.worker.query("UPDATE jobs SET status = 'running', progress = 60 WHERE job_id = 'job-0001'");
    await expect(hint('job-0001')).resolves.toBe('progress');
    await process('job-0001');
    told.clear();
    await table.worker.query("UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW(), result = '{\"u\": 1}' WHERE job_id = 'job-0001'");
    await expect(hint('job-0001')).resolves.toBe('finished');
    await process('job-0001');
  });

  it('tells a change that was committed long after its stamp', async () => {
    await table.worker.query('START TRANSACTION');
    await table.worker.query("UPDATE jobs SET status = 'failed', error = 'x' WHERE job_id = 'job-0002'");
    // Other rows are stamped later and seen before.
    await table.worker.query('DO SLEEP(2.2)');
    await table.worker.query('COMMIT');
    await expect(hint('job-0002')).resolves.toBe('finished');
    await process('job-0002');
  }, 10_000);

  it('tells every one of many changes made at once', async () => {
    await table.worker.query("UPDATE jobs SET status = 'completed' WHERE job_id > 'job-0005' AND job_id LIKE 'job-%'");
    await waitFor(() => ids.filter((jobId) => jobId > 'job-0005').every((jobId) => told.has(jobId)), { what: 'all hints', timeoutMs: 4_000 });
    expect(told.has('job-0003')).toBe(false);
  });

  it('ends when told to', async () => {
    stop?.abort();
    await expect(running).resolves.toBeUndefined();
    expect(told.has('failed')).toBe(false);
  });
});
