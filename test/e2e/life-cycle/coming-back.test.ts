import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

describe('a finished row that a worker takes up again', () => {
  let scene: Scene;

  beforeAll(async () => {
    // The index lets it be seen at once; without it a full pass sees it within a minute.
    scene = await openScene(stack, { env: { DB_MIGRATE: 'full' } });
  }, SETUP_TIMEOUT_MS);

  it('goes from failed to running to completed, and the resource follows', async () => {
    const { metadata } = await scene.jobs.create('retried');
    await scene.jobs.untilPhase('retried', 'Pending');
    await scene.rows.progress(metadata.uid, 30);
    await scene.jobs.untilPhase('retried', 'Running');
    await scene.rows.fail(metadata.uid, 'connection lost');
    const failed = await scene.jobs.untilPhase('retried', 'Failed');
    expect(failed.status).toMatchObject({ error: 'connection lost', progress: 30 });

    await scene.rows.set(metadata.uid, { status: "'running'", error: 'NULL', completed_at: 'NULL', progress: '5' });
    const running = await scene.jobs.untilPhase('retried', 'Running');
    expect(conditionsOf(running)).toEqual({ Ready: 'False Running', Reconciling: 'True Running', Complete: 'False Running', Failed: 'False Running', Synced: 'True RowShown' });
    expect(running.status).toMatchObject({ progress: 5 });
    expect(running.status).not.toHaveProperty('error');
    expect(running.status).not.toHaveProperty('completedAt');

    await scene.rows.complete(metadata.uid);
    const completed = await scene.jobs.untilPhase('retried', 'Completed');
    expect(conditionsOf(completed)).toEqual({ Ready: 'True Completed', Complete: 'True Completed', Failed: 'False Completed', Synced: 'True RowShown' });
    expect(await scene.jobs.reasonsUntil('retried', 'Completed')).toEqual(['Accepted', 'Started', 'Failed', 'Started', 'Completed']);
  });

  it('loses its expiry meanwhile, and gets one that counts from its second end', async () => {
    const { metadata } = await scene.jobs.create('expiring', { ttlSecondsAfterFinished: 900 });
    await scene.jobs.untilPhase('expiring', 'Pending');
    await scene.rows.fail(metadata.uid, 'once');
    const failed = await scene.jobs.until('expiring', 'to expire', ({ status }) => status.phase === 'Failed' && status.expiresAt !== undefined);
    await scene.rows.set(metadata.uid, { status: "'pending'", error: 'NULL', completed_at: 'NULL' });
    const waiting = await scene.jobs.until('expiring', 'to wait without expiry', ({ status }) => status.phase === 'Pending' && status.expiresAt === undefined);
    expect(await scene.rows.get(metadata.uid)).toMatchObject({ ttl_expires_at: null, status: 'pending' });
    expect(waiting.status.jobId).toBe(failed.status.jobId);
    await scene.rows.complete(metadata.uid);
    await scene.rows.set(metadata.uid, { updated_at: 'NOW() + INTERVAL 100 SECOND' });
    const end = (await scene.rows.get(metadata.uid)).updated_at;
    await scene.jobs.until('expiring', 'to expire later', ({ status }) => Date.parse(status.expiresAt ?? '') === (Number(end) + 900) * 1000);
  });
});
