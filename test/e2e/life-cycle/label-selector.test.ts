import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { FINALIZER } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const SELECTED = { labels: { tenant: 'a' } };

describe('an operator that looks after the Jobs of a label selector', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack, { env: { WATCH_LABEL_SELECTOR: 'tenant=a' } });
    await scene.jobs.create('not-selected', {}, { labels: { tenant: 'b' } });
    await scene.jobs.create('leaves', {}, SELECTED);
    await scene.jobs.untilPhase('leaves', 'Pending');
  }, SETUP_TIMEOUT_MS);

  it('leaves the others alone', async () => {
    const job = await scene.jobs.get('not-selected');
    expect(job.metadata).not.toHaveProperty('finalizers');
    expect(job.status).toEqual({ observedGeneration: -1 });
    expect(await scene.rows.count()).toBe(1);
  });

  it('lets a Job that leaves the selection keep its row, its finalizer and its status', async () => {
    const left = await scene.jobs.patch('leaves', { metadata: { labels: { tenant: 'b' } } });
    await scene.rows.progress(left.metadata.uid, 40);
    // The operator has seen the label's change when it has seen a Job that was made after it.
    await scene.jobs.create('later', {}, SELECTED);
    const { metadata } = await scene.jobs.untilPhase('later', 'Pending');
    await scene.rows.progress(metadata.uid, 10);
    await scene.jobs.untilPhase('later', 'Running');
    const job = await scene.jobs.get('leaves');
    expect(job.metadata.finalizers).toEqual([FINALIZER]);
    expect(job.status).toEqual(left.status);
    expect(await scene.rows.get(left.metadata.uid)).toMatchObject({ status: 'running', progress: 40 });
    expect(job.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
  });

  it('shows its row again when it comes back, without another run', async () => {
    await scene.jobs.patch('leaves', { metadata: { labels: { tenant: 'a' } } });
    const job = await scene.jobs.untilPhase('leaves', 'Running');
    expect(job.status).toMatchObject({ progress: 40, jobId: job.metadata.uid });
    await scene.rows.complete(job.metadata.uid);
    await scene.jobs.untilPhase('leaves', 'Completed');
    expect(await scene.rows.count()).toBe(2);
  });
});
