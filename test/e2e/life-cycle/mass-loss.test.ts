import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const COUNT = 30;
/** More than 10, and more than 5 %. */
const LOST = 12;
/** After this long a single row would count as vanished. */
const CONFIRMED_AFTER_MS = 10_000;

/** A restored snapshot, or the wrong database: the operator must not draw conclusions from it. */
describe('very many rows that are gone at once', () => {
  let scene: Scene;
  let before: Record<string, string>;

  const versions = async (): Promise<Record<string, string>> => Object.fromEntries((await scene.jobs.list()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  const missing = (): Promise<number> => scene.metrics.sum('jobs_operator_rows_missing');

  beforeAll(async () => {
    scene = await openScene(stack);
    const names = Array.from({ length: COUNT }, (_, index) => `job-${index}`);
    await Promise.all(names.map((name) => scene.jobs.create(name)));
    await Promise.all(names.map((name) => scene.jobs.untilPhase(name, 'Pending')));
    await scene.rows.run('CREATE TABLE snapshot LIKE jobs');
    await scene.rows.run('INSERT INTO snapshot SELECT * FROM jobs');
    before = await versions();
    await scene.rows.run('DELETE FROM jobs ORDER BY job_id LIMIT ?', [LOST]);
  }, SETUP_TIMEOUT_MS);

  it('are counted', async () => {
    expect(await waitFor(async () => ((await missing()) === LOST ? LOST : undefined), { what: `${LOST} rows to be missed`, timeoutMs: 10_000 })).toBe(LOST);
  });

  it('make no write, however long they are gone, and one line in the log', async () => {
    await sleep(CONFIRMED_AFTER_MS + 2_000);
    expect(await versions()).toEqual(before);
    expect(await scene.rows.count()).toBe(COUNT - LOST);
    const lines = scene.operator.service.log().split('\n').filter((line) => line.includes('very many rows are gone at once'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', accepted: COUNT });
  });

  it('leave the other Jobs their life', async () => {
    const [jobId] = await scene.rows.pending();
    const job = (await scene.jobs.list()).find(({ metadata }) => metadata.uid === jobId);
    await scene.rows.complete(jobId ?? '');
    await expect(scene.jobs.untilPhase(job?.metadata.name ?? '', 'Completed')).resolves.toBeDefined();
  });

  it('are followed again when they are back', async () => {
    const lost = await scene.rows.query<{ job_id: string }>('SELECT job_id FROM snapshot WHERE job_id NOT IN (SELECT job_id FROM jobs)');
    await scene.rows.run('INSERT INTO jobs SELECT * FROM snapshot WHERE job_id NOT IN (SELECT job_id FROM (SELECT job_id FROM jobs) AS present)');
    await waitFor(async () => (await missing()) === 0, { what: 'no row to be missed', timeoutMs: 30_000 });
    const jobs = new Map((await scene.jobs.list()).map((job) => [job.metadata.uid, job]));
    expect(lost).toHaveLength(LOST);
    for (const { job_id: jobId } of lost) await scene.rows.complete(jobId, '{"back": true}');
    for (const { job_id: jobId } of lost) {
      const job = await scene.jobs.untilPhase(jobs.get(jobId)?.metadata.name ?? '', 'Completed');
      expect(job.status.result).toEqual({ back: true });
    }
  });
});
