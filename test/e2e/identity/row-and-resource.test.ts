import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const SPEC = { idempotencyKey: 'nightly', ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' };

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

describe('ttlPolicy RowAndResource of a keyed Job', () => {
  let jobId: string;

  it('removes row and resource of the Job that ran', async () => {
    await scene.jobs.create('nightly', SPEC);
    jobId = await scene.acceptedId('nightly');
    await scene.rows.age(jobId);
    await scene.rows.complete(jobId);
    await scene.jobs.untilGone('nightly');
    expect(await scene.rows.find(jobId)).toBeUndefined();
  });

  it('keeps the resource that found the tombstone, else a GitOps tool would create it for ever', async () => {
    const { metadata } = await scene.jobs.create('nightly', SPEC);
    await scene.jobs.untilPhase('nightly', 'Completed');
    await scene.sweeps(2);
    expect((await scene.jobs.get('nightly')).metadata.uid).toBe(metadata.uid);
  });

  it('keeps it when the operator is started again', async () => {
    const { metadata } = await scene.jobs.get('nightly');
    await scene.operator.service.stop();
    await scene.operator.service.start();
    await scene.sweeps(1);
    const after = await scene.jobs.get('nightly');
    expect(after.metadata.uid).toBe(metadata.uid);
    expect(after.metadata.deletionTimestamp).toBeUndefined();
    expect(await scene.inserted()).toEqual([jobId]);
  });
});
