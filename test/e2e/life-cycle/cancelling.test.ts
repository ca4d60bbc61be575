import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import type { Job } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const CANCEL = { spec: { cancel: true } };

/** The operator has looked at the Job as it was changed. */
const isSettled = ({ status, metadata }: Job): boolean => metadata.generation === 2 && status.observedGeneration === 2;

describe('cancel: true', () => {
  let scene: Scene;

  beforeAll(async () => {
    // The index lets a change of a finished row be seen at once; without it a full pass sees it within a minute.
    scene = await openScene(stack, { env: { DB_MIGRATE: 'full' } });
  }, SETUP_TIMEOUT_MS);

  async function accepted(name: string): Promise<Job> {
    await scene.jobs.create(name);
    return scene.jobs.untilPhase(name, 'Pending');
  }

  async function running(name: string): Promise<Job> {
    const { metadata } = await accepted(name);
    await scene.rows.progress(metadata.uid, 30);
    return scene.jobs.untilPhase(name, 'Running');
  }

  it('cancels a job that waits, so that no worker finds it any more', async () => {
    const { metadata } = await accepted('waits');
    await scene.jobs.patch('waits', CANCEL);
    const job = await scene.jobs.untilPhase('waits', 'Cancelled');
    expect(await scene.rows.pending()).not.toContain(metadata.uid);
    const row = await scene.rows.get(metadata.uid);
    expect(row).toMatchObject({ status: 'cancelled', progress: 0 });
    expect(row.completed_at).not.toBeNull();
    expect(job.status).toMatchObject({ observedGeneration: 2, progress: 0 });
    expect(job.status).toHaveProperty('completedAt');
  });

  it('cancels a job that runs and keeps its progress', async () => {
    const { metadata } = await running('runs');
    await scene.jobs.patch('runs', CANCEL);
    const job = await scene.jobs.untilPhase('runs', 'Cancelled');
    expect(job.status).toMatchObject({ progress: 30 });
    expect(await scene.rows.get(metadata.uid)).toMatchObject({ status: 'cancelled', progress: 30 });
    expect(await scene.jobs.reasonsUntil('runs', 'Cancelled')).toEqual(['Accepted', 'Started', 'Cancelled']);
  });

  it('at creation: the row is there and was never pending', async () => {
    const { metadata } = await scene.jobs.create('stillborn', { cancel: true });
    const job = await scene.jobs.untilPhase('stillborn', 'Cancelled');
    expect(conditionsOf(job)).toMatchObject({ Ready: 'True Cancelled', Failed: 'True Cancelled' });
    expect(await scene.rows.get(metadata.uid)).toMatchObject({ status: 'cancelled', progress: 0 });
    expect(await scene.jobs.reasonsUntil('stillborn', 'Cancelled')).toEqual(['Cancelled']);
  });

  it("holds against a worker that writes on without a guard: cancelled again, with the one Event it had", async () => {
    const { metadata } = await running('resurrected');
    await scene.jobs.patch('resurrected', CANCEL);
    await scene.jobs.untilPhase('resurrected', 'Cancelled');
    for (const percent of [40, 50, 60]) {
      await scene.rows.progress(metadata.uid, percent);
      const row = await scene.rows.untilStatus(metadata.uid, 'cancelled');
      expect(row.progress).toBe(percent);
      await scene.jobs.until('resurrected', `to show ${percent}`, ({ status }) => status.phase === 'Cancelled' && status.progress === percent);
    }
    const events = await scene.jobs.events('resurrected');
    expect(events.filter(({ reason }) => reason === 'Cancelled')).toHaveLength(1);
    expect(events.map(({ reason }) => reason)).toEqual(['Accepted', 'Started', 'Cancelled']);
  });

  it('lets a completion stand that a worker commits after the cancellation', async () => {
    const { metadata } = await running('late-completion');
    await scene.jobs.patch('late-completion', CANCEL);
    await scene.jobs.untilPhase('late-completion', 'Cancelled');
    await scene.rows.complete(metadata.uid, '{"late": true}');
    const job = await scene.jobs.untilPhase('late-completion', 'Completed');
    expect(job.status).toMatchObject({ progress: 100, result: { late: true } });
    expect(conditionsOf(job)).toEqual({ Ready: 'True Completed', Complete: 'True Completed', Failed: 'False Completed', Synced: 'True RowShown' });
    expect(await scene.rows.get(metadata.uid)).toMatchObject({ status: 'completed' });
  });

  it('lets an end stand that committed first', async () => {
    const completed = await accepted('completed-first');
    const failed = await accepted('failed-first');
    await scene.rows.complete(completed.metadata.uid);
    await scene.rows.fail(failed.metadata.uid, 'broken');
    await Promise.all([scene.jobs.patch('completed-first', CANCEL), scene.jobs.patch('failed-first', CANCEL)]);
    expect((await scene.jobs.until('completed-first', 'to be looked at', isSettled)).status.phase).toBe('Completed');
    expect((await scene.jobs.until('failed-first', 'to be looked at', isSettled)).status.phase).toBe('Failed');
    expect(await scene.rows.get(completed.metadata.uid)).toMatchObject({ status: 'completed' });
    expect(await scene.rows.get(failed.metadata.uid)).toMatchObject({ status: 'failed' });
  });
});
