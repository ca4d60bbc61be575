import { describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

async function tablesOf({ rows }: Scene): Promise<readonly string[]> {
  return (await rows.query<{ name: string }>('SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name')).map(({ name }) => name);
}

async function indexesOf({ rows }: Scene): Promise<readonly string[]> {
  const found = await rows.query<{ name: string }>(
    "SELECT DISTINCT index_name AS name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'jobs' ORDER BY index_name",
  );
  return found.map(({ name }) => name);
}

describe('DB_MIGRATE', () => {
  it('create makes the table and nothing else', async () => {
    const scene = await openScene(stack, { env: { DB_MIGRATE: 'create' } });
    expect(await tablesOf(scene)).toEqual(['jobs']);
    expect(await indexesOf(scene)).toEqual(['idx_created_at', 'idx_status', 'idx_ttl_expires_at', 'idx_type', 'PRIMARY']);
    expect(await scene.metrics.sum('jobs_operator_db_query_seconds_count', { statement: 'watermark' })).toBe(0);
  }, SETUP_TIMEOUT_MS);

  it('off makes nothing: without the table the operator does not start, and says what to do', async () => {
    const scene = await openScene(stack, { env: { DB_MIGRATE: 'off' }, start: false });
    scene.operator.service.launch();
    expect(await scene.operator.service.ended).toBe('code 1');
    expect(logOf(scene.operator).at(-1)).toMatchObject({ level: 'fatal', error: { code: 'TABLE_MISMATCH', message: expect.stringMatching(/jobs/) } });
    expect(await tablesOf(scene)).toEqual([]);
  }, SETUP_TIMEOUT_MS);

  it('full adds the index on updated_at, and the feed looks along it: even a finished row’s change is seen at once', async () => {
    const scene = await openScene(stack, { env: { DB_MIGRATE: 'full' } });
    expect(await indexesOf(scene)).toContain('idx_updated_at');
    const jobId = rowIdOf(await scene.jobs.create('finished'));
    await scene.jobs.untilPhase('finished', 'Pending');
    await scene.rows.complete(jobId, '{"version": 1}');
    await scene.jobs.untilPhase('finished', 'Completed');
    // The column has whole seconds: two changes within one differ in nothing that the index shows, and wait for the full pass.
    const { updated_at: changedAt } = await scene.rows.get(jobId);
    await waitFor(async () => (await scene.rows.now()) > (changedAt ?? 0), { what: 'the next second', timeoutMs: 3_000 });
    await scene.rows.set(jobId, { result: `'{"version": 2}'` });
    await scene.jobs.until('finished', 'to show the new result', ({ status }) => JSON.stringify(status.result) === '{"version":2}');
    expect(await scene.metrics.sum('jobs_operator_db_query_seconds_count', { statement: 'watermark' })).toBeGreaterThan(0);
  }, SETUP_TIMEOUT_MS);
});
