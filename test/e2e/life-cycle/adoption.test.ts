import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { JOBS_TABLE_DDL } from '../../support/jobs-table-ddl.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const FOREIGN = 100_000;
/** Of ten rows one is finished and expired, and goes; one is expired and still runs. */
const EXPIRED = FOREIGN / 10;

/** Digits 0–99,999 as a table. */
const DIGITS = 'SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9';
const NUMBERS = `SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n FROM (${DIGITS}) a, (${DIGITS}) b, (${DIGITS}) c, (${DIGITS}) e, (${DIGITS}) f`;
const FILL =
  'INSERT INTO jobs (job_id, type, status, progress, request_payload, result, created_at, updated_at, completed_at, ttl_expires_at) ' +
  "SELECT UUID(), ELT(1 + n % 3, 'clone', 'restore', 'delete'), ELT(1 + n % 10, 'completed', 'running', 'completed', 'failed', 'cancelled', 'completed', 'completed', 'pending', 'completed', 'failed'), " +
  "n % 100, JSON_OBJECT('n', n), IF(n % 2, JSON_OBJECT('big', 9007199254740993), NULL), NOW() - INTERVAL 3 DAY, NOW() - INTERVAL 2 DAY, IF(n % 10 IN (1, 7), NULL, NOW() - INTERVAL 2 DAY), " +
  `CASE n % 10 WHEN 0 THEN NOW() - INTERVAL 1 DAY WHEN 1 THEN NOW() - INTERVAL 1 DAY WHEN 2 THEN NULL ELSE NOW() + INTERVAL 1 DAY END FROM (${NUMBERS}) AS numbers`;
/** What must stay, all columns of it. */
const CHECKSUM =
  "SELECT COUNT(*) AS count, CAST(SUM(CRC32(CONCAT_WS('|', job_id, type, status, progress, request_payload, result, error, created_at, updated_at, completed_at, ttl_expires_at))) AS CHAR) AS sum " +
  "FROM jobs WHERE created_at < NOW() - INTERVAL 1 DAY AND NOT (status = 'completed' AND ttl_expires_at < NOW() AND ttl_expires_at IS NOT NULL)";

describe('a table that was there before, full of the rows of other producers', () => {
  let scene: Scene;
  let table: unknown;
  let checksum: unknown;

  beforeAll(async () => {
    scene = await openScene(stack, {
      env: { TTL_SWEEP_BATCH: '1000' },
      async before({ rows }) {
        await rows.run(JOBS_TABLE_DDL);
        await rows.run(FILL);
        table = await rows.query('SHOW CREATE TABLE jobs');
        checksum = await rows.query(CHECKSUM);
      },
    });
  }, SETUP_TIMEOUT_MS);

  it('is where Jobs get their rows, and show them', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `job-${index}`);
    await Promise.all(names.map((name) => scene.jobs.create(name)));
    for (const name of names) {
      const { metadata } = await scene.jobs.untilPhase(name, 'Pending');
      await scene.rows.progress(metadata.uid, 50);
      await scene.jobs.until(name, 'to show 50', ({ status }) => status.progress === 50);
      await scene.rows.complete(metadata.uid, '{"done": true}');
    }
    for (const name of names) expect((await scene.jobs.untilPhase(name, 'Completed')).status.result).toEqual({ done: true });
  });

  it('loses its expired finished rows', async () => {
    const swept = (): Promise<boolean> => scene.metrics.sum('jobs_operator_ttl_deleted_total').then((count) => count >= EXPIRED);
    await waitFor(swept, { what: `${EXPIRED} rows to be swept`, timeoutMs: 45_000 });
    const [left] = await scene.rows.query<{ count: number }>("SELECT COUNT(*) AS count FROM jobs WHERE status = 'completed' AND ttl_expires_at < NOW()");
    expect(left?.count).toBe(0);
  });

  it('keeps all other rows, to the last column', async () => {
    expect(await scene.rows.query(CHECKSUM)).toEqual(checksum);
    // Else FILL or CHECKSUM would say less than they should.
    expect(checksum).toMatchObject([{ count: FOREIGN - EXPIRED }]);
    const isCounted = async (): Promise<boolean> => (await scene.metrics.sum('jobs_operator_ttl_skipped', { reason: 'unfinished' })) === EXPIRED;
    await waitFor(isCounted, { what: 'the expired unfinished rows to be counted', timeoutMs: 20_000 });
  });

  it('is not altered', async () => {
    expect(await scene.rows.query('SHOW CREATE TABLE jobs')).toEqual(table);
    expect((await scene.rows.query('SHOW TABLES')).length).toBe(1);
  });

  it('is looked at by its indexes: a look of the feed does not read it all', async () => {
    const samples = await scene.metrics.scrape();
    const looks = samples.sum('jobs_operator_db_query_seconds_count', { statement: 'look' });
    const seconds = samples.sum('jobs_operator_db_query_seconds_sum', { statement: 'look' });
    expect(looks).toBeGreaterThan(0);
    const began = performance.now();
    await scene.rows.query(CHECKSUM);
    expect(seconds / looks).toBeLessThan((performance.now() - began) / 1000 / 5);
  });
});
