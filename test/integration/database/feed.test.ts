import type { RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import { feedSource } from '../../../src/database/feed-source.ts';
import { ADD_UPDATED_AT_INDEX } from '../../../src/database/jobs-table.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { FreshRows } from '../../../src/database/fresh-rows.ts';
import { PollFeed } from '../../../src/database/poll-feed.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { KnownJobs, spreadIds } from '../../support/known-jobs.ts';
import { jobsTable, newRow } from './jobs-table.ts';
import type { JobsTable } from './jobs-table.ts';

/** A row that is looked at by its key is told by how it ended; one that is missed where it was, as one that left. */
const ENDED = /^(finished|left)$/;
const GONE = /^(missing|left)$/;

const stack = useStack();

const INTERVAL_MS = 50;

/** Rows and entries of indexes that InnoDB has read. MariaDB counts no such thing: there the plans speak for themselves (feed-plans.test.ts). */
const COUNTS_READS = stack.mysql.engine === 'mysql';

/** On a server in another zone: the watermark compares with NOW(). */
describe.each([
  ['without an index on updated_at, few jobs', 20, false],
  ['without an index on updated_at, many jobs', 2_500, false],
  ['with an index on updated_at', 2_500, true],
])('the feed on a real table, %s', (_, count, index) => {
  const jobs = new KnownJobs();
  const told = new Map<string, string[]>();
  const ids = spreadIds(count);
  const [stepping = '', late = '', quick = '', gone = '', calm = '', ...others] = ids;
  let looks = 0;
  let table: JobsTable;
  let stop: AbortController | undefined;
  let running: Promise<void> | undefined;

  beforeAll(async () => {
    table = await jobsTable(stack, await stack.ownMysqlServer({ flags: ['--default-time-zone=+05:30'] }));
    if (index) await table.worker.query(ADD_UPDATED_AT_INDEX);
    const now = await table.now();
    await Promise.all(ids.map((jobId) => table.rows.insert(newRow(jobId, now))));
    await table.worker.query('UPDATE jobs SET updated_at = NOW() - INTERVAL 1 HOUR');
    await Promise.all(ids.map(process));
    stop = new AbortController();
    running = new PollFeed({
      source: feedSource(table.database),
      watched: jobs,
      onChange: (jobId, kind) => void told.set(jobId, [...(told.get(jobId) ?? []), kind]),
      fresh: new FreshRows({ watched: jobs, databaseClock: createDatabaseClock(), clock: systemClock }),
      databaseClock: createDatabaseClock(),
      observer: { looked: () => void (looks += 1), failed: (error) => void told.set('failed', [error.message]) },
      intervalMs: INTERVAL_MS,
    }).run(stop.signal);
  }, SETUP_TIMEOUT_MS);

  afterEach(() => {
    told.clear();
  });

  async function process(jobId: string): Promise<void> {
    const { row } = await table.rows.read(jobId);
    jobs.set(jobId, row?.fingerprint ?? 'none');
  }

  const hint = (jobId: string, timeoutMs = 15_000): Promise<unknown> => waitFor(() => told.get(jobId)?.[0], { what: `a hint about ${jobId}`, timeoutMs });

  const status = async (name: string): Promise<number> => {
    const [found] = await table.worker.query<(RowDataPacket & { readonly Value: string })[]>('SHOW GLOBAL STATUS LIKE ?', [name]);
    return Number(found[0]?.Value);
  };

  const rowsRead = async (): Promise<number> => (COUNTS_READS ? status('Innodb_rows_read') : 0);

  it('says nothing of rows that are as they were processed', async () => {
    await table.worker.query("INSERT INTO jobs (job_id, type, status, request_payload) VALUES ('foreign', 'clone', 'running', '{}')");
    await table.worker.query("UPDATE jobs SET status = 'running' WHERE job_id = ?", [calm]);
    await hint(calm);
    await process(calm);
    expect([...told.keys()]).toEqual([calm]);
  });

  it('reads few rows and entries of the index a second while nothing changes, and has little of it sent', async () => {
    const [before, startedAt] = [{ looks, rows: await rowsRead(), bytes: await status('Bytes_sent') }, performance.now()];
    await waitFor(() => looks >= before.looks + 40, { what: 'forty looks', timeoutMs: 30_000 });
    const seconds = (performance.now() - startedAt) / 1000;
    const rows = ((await rowsRead()) - before.rows) / seconds;
    const bytes = ((await status('Bytes_sent')) - before.bytes) / seconds;
    // The few jobs by key at each look; without the index, the walk at its pace; with it, a tenth of that and what was stamped.
    const most = index ? 6_000 : count <= 200 ? (count + 5) * (1000 / INTERVAL_MS) : 25_000;
    expect(rows).toBeLessThanOrEqual(most);
    expect(bytes).toBeLessThanOrEqual(60_000 + most * (count <= 200 ? 100 : 12));
  }, 40_000);

  it('tells the end of a row that was never seen running, and the loss of one', async () => {
    await table.worker.query("UPDATE jobs SET status = 'cancelled', completed_at = NOW() WHERE job_id = ?", [quick]);
    await table.worker.query('DELETE FROM jobs WHERE job_id = ?', [gone]);
    await expect(hint(quick)).resolves.toMatch(ENDED);
    await expect(hint(gone, 45_000)).resolves.toMatch(GONE);
    await Promise.all([quick, gone].map(process));
  }, 60_000);

  it('tells a start, a step and an end, by the statements of the table\'s description', async () => {
    await table.worker.query("UPDATE jobs SET status = 'running', progress = 50 WHERE job_id = ?", [stepping]);
    await expect(hint(stepping)).resolves.toBe('started');
    await process(stepping);
    told.clear();
    await table.worker.query("UPDATE jobs SET status = 'running', progress = 60 WHERE job_id = ?", [stepping]);
    await expect(hint(stepping)).resolves.toBe('progress');
    await process(stepping);
    told.clear();
    await table.worker.query("UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW(), result = '{\"u\": 1}' WHERE job_id = ?", [stepping]);
    await expect(hint(stepping)).resolves.toMatch(ENDED);
    await process(stepping);
  });

  it('tells a change that was committed long after its stamp', async () => {
    await table.worker.query('START TRANSACTION');
    await table.worker.query("UPDATE jobs SET status = 'failed', error = 'x' WHERE job_id = ?", [late]);
    // Other rows are stamped later and seen before.
    await table.worker.query('DO SLEEP(2.2)');
    await table.worker.query('COMMIT');
    await expect(hint(late)).resolves.toMatch(ENDED);
    await process(late);
  });

  it('tells every one of many changes made at once', async () => {
    await table.worker.query("UPDATE jobs SET status = 'completed' WHERE job_id IN (?)", [others]);
    await waitFor(() => others.every((jobId) => told.has(jobId)), { what: 'all hints', timeoutMs: 20_000 });
    expect(told.has(calm)).toBe(false);
  });

  it('ends when told to', async () => {
    stop?.abort();
    await expect(running).resolves.toBeUndefined();
    expect(told.has('failed')).toBe(false);
  });
});
