import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const INTERVAL_MS = 1_000;
const LONG_INTERVAL_MS = 15_000;

describe('the write budget', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack, { env: { PROGRESS_INTERVAL_MS: String(INTERVAL_MS) } });
    const { metadata } = await scene.jobs.create('chatty');
    await scene.jobs.untilPhase('chatty', 'Pending');
    await scene.rows.progress(metadata.uid, 0);
    await scene.jobs.untilPhase('chatty', 'Running');
  }, SETUP_TIMEOUT_MS);

  it('lets a worker that tells every percent cost a write per interval, and shows its last word', async () => {
    const { metadata } = await scene.jobs.get('chatty');
    const before = await scene.metrics.sum('jobs_operator_status_writes_total', { reason: 'progress' });
    const startedAt = performance.now();
    for (let percent = 1; percent <= 99; percent += 1) {
      await scene.rows.progress(metadata.uid, percent);
      // A percent per 30 ms, whatever the UPDATE took.
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedAt + percent * 30 - performance.now())));
    }
    await scene.jobs.until('chatty', 'to show 99', ({ status }) => status.progress === 99);
    const intervals = (performance.now() - startedAt) / INTERVAL_MS;
    const writes = (await scene.metrics.sum('jobs_operator_status_writes_total', { reason: 'progress' })) - before;
    expect(writes).toBeLessThanOrEqual(Math.ceil(intervals) + 1);
    expect(writes).toBeGreaterThanOrEqual(2);
  });

  it('does not hold back an end', async () => {
    const patient = await openScene(stack, { env: { PROGRESS_INTERVAL_MS: String(LONG_INTERVAL_MS) } });
    const { metadata } = await patient.jobs.create('ending');
    await patient.jobs.untilPhase('ending', 'Pending');
    await patient.rows.progress(metadata.uid, 10);
    await patient.jobs.untilPhase('ending', 'Running');
    // The next progress write is a whole interval away.
    const told = performance.now();
    await patient.rows.complete(metadata.uid);
    await patient.jobs.untilPhase('ending', 'Completed');
    expect(performance.now() - told).toBeLessThan(LONG_INTERVAL_MS - 1_000);
  }, SETUP_TIMEOUT_MS);

  it('tells no Event about a percent', async () => {
    expect((await scene.jobs.events('chatty')).map(({ reason }) => reason)).toEqual(['Accepted', 'Started']);
  });
});
