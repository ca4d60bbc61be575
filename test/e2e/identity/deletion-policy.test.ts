import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

const spec = (idempotencyKey: string): object => ({ idempotencyKey, deletionPolicy: 'Delete' });

describe('deletionPolicy Delete of a keyed Job', () => {
  it('removes the finished row and leaves a tombstone, which the Job shows when it is applied again', async () => {
    await scene.jobs.create('finished', spec('finished'));
    const jobId = await scene.acceptedId('finished');
    await scene.rows.age(jobId);
    await scene.rows.complete(jobId, '{"pages": 12}');
    await scene.jobs.untilPhase('finished', 'Completed');
    await scene.jobs.delete('finished');
    await scene.jobs.untilGone('finished');
    expect(await scene.rows.find(jobId)).toBeUndefined();
    expect(await scene.tombstone(jobId)).toMatchObject({ type: 'clone', status: 'completed', result: '{"pages": 12}' });

    await scene.jobs.create('finished', spec('finished'));
    const { status } = await scene.jobs.untilPhase('finished', 'Completed');
    expect(status).toMatchObject({ jobId, result: { pages: 12 } });
  });

  it('removes the running row, whose tombstone says cancelled, so that the work is not begun a second time', async () => {
    await scene.jobs.create('running', spec('running'));
    const jobId = await scene.acceptedId('running');
    await scene.rows.age(jobId);
    await scene.rows.progress(jobId, 40);
    await scene.jobs.untilPhase('running', 'Running');
    await scene.jobs.delete('running');
    await scene.jobs.untilGone('running');
    expect(await scene.rows.find(jobId)).toBeUndefined();
    expect(await scene.tombstone(jobId)).toMatchObject({ status: 'cancelled' });

    await scene.jobs.create('running', spec('running'));
    const { status } = await scene.jobs.untilPhase('running', 'Cancelled');
    expect(status.jobId).toBe(jobId);
  });

  it('cancels a row that is too young to go, which leaves its tombstone when it does', async () => {
    await scene.jobs.create('young', spec('young'));
    const jobId = await scene.acceptedId('young');
    await scene.jobs.delete('young');
    await scene.jobs.untilGone('young');
    expect((await scene.rows.get(jobId)).status).toBe('cancelled');
    await scene.rows.set(jobId, { created_at: 'created_at - INTERVAL 1 MINUTE', ttl_expires_at: 'ttl_expires_at - INTERVAL 1 MINUTE' });
    await scene.rows.untilGone(jobId);
    expect(await scene.tombstone(jobId)).toMatchObject({ status: 'cancelled' });

    await scene.jobs.create('young', spec('young'));
    const { status } = await scene.jobs.untilPhase('young', 'Cancelled');
    expect(status.jobId).toBe(jobId);
  });

  it('has run nothing twice, and let nothing be picked up again', async () => {
    await scene.sweeps(1);
    const inserted = await scene.inserted();
    expect(inserted).toHaveLength(3);
    expect(new Set(inserted).size).toBe(3);
    expect(await scene.rows.count()).toBe(0);
  });
});
