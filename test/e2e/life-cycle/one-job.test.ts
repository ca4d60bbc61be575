import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf, FINALIZER } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const rfc3339 = (unixSeconds: number | null): string => `${new Date(Number(unixSeconds) * 1000).toISOString().slice(0, 19)}Z`;

describe.each(['clone', 'restore', 'delete'])('a Job of type %s, from creation to completion', (type) => {
  let scene: Scene;
  const payload = { source_url: 'https://example.com', customer_id: 'test123' };

  beforeAll(async () => {
    scene = await openScene(stack);
    await scene.jobs.create('one', { type, requestPayload: payload });
  }, SETUP_TIMEOUT_MS);

  it('gets the finalizer, one row, and a status that names the row', async () => {
    const job = await scene.jobs.untilPhase('one', 'Pending');
    expect(job.metadata.finalizers).toEqual([FINALIZER]);
    const [row, ...others] = await scene.rows.all();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ job_id: job.metadata.uid, type, status: 'pending', progress: 0, result: null, error: null, completed_at: null, ttl_expires_at: null });
    expect(JSON.parse(row?.request_payload ?? '')).toEqual(payload);
    expect(job.status).toMatchObject({
      jobId: job.metadata.uid,
      observedGeneration: 1,
      progress: 0,
      createdAt: rfc3339(row?.created_at ?? null),
    });
    expect(Object.keys(job.status).toSorted()).toEqual(['conditions', 'createdAt', 'jobId', 'observedGeneration', 'phase', 'progress']);
    expect(conditionsOf(job)).toEqual({ Ready: 'False Pending', Reconciling: 'True Pending', Complete: 'False Pending', Failed: 'False Pending', Synced: 'True RowShown' });
  });

  it('is what a worker finds to do', async () => {
    const job = await scene.jobs.get('one');
    expect(await scene.rows.pending()).toEqual([job.status.jobId]);
  });

  it('shows that a worker has begun, and when, and how far it is', async () => {
    const { metadata } = await scene.jobs.get('one');
    await scene.rows.progress(metadata.uid, 0);
    const begun = await scene.rows.get(metadata.uid);
    const running = await scene.jobs.untilPhase('one', 'Running');
    expect(running.status).toMatchObject({ progress: 0, startedAt: rfc3339(begun.updated_at) });
    expect(conditionsOf(running)).toEqual({ Ready: 'False Running', Reconciling: 'True Running', Complete: 'False Running', Failed: 'False Running', Synced: 'True RowShown' });
    await scene.rows.progress(metadata.uid, 50);
    const half = await scene.jobs.until('one', 'to be half done', ({ status }) => status.progress === 50);
    expect(half.status.startedAt).toBe(running.status.startedAt);
  });

  it('shows the result when it has completed', async () => {
    const { metadata } = await scene.jobs.get('one');
    await scene.rows.complete(metadata.uid, '{"clone_url": "https://clone-550e8400.clones.betaweb.ai"}');
    const job = await scene.jobs.untilPhase('one', 'Completed');
    const row = await scene.rows.get(metadata.uid);
    expect(job.status).toMatchObject({
      progress: 100,
      result: { clone_url: 'https://clone-550e8400.clones.betaweb.ai' },
      completedAt: rfc3339(row.completed_at),
    });
    expect(job.status).not.toHaveProperty('expiresAt');
    expect(conditionsOf(job)).toEqual({ Ready: 'True Completed', Complete: 'True Completed', Failed: 'False Completed', Synced: 'True RowShown' });
  });

  it('has told its life in Events, one per turn', async () => {
    expect(await scene.jobs.reasonsUntil('one', 'Completed')).toEqual(['Accepted', 'Started', 'Completed']);
  });

  it('has cost one status write per turn and one for the progress, and one row', async () => {
    expect(await scene.metrics.sum('jobs_operator_status_writes_total')).toBe(4);
    expect(await scene.rows.count()).toBe(1);
  });
});
