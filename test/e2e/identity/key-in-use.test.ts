import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { FINALIZER } from '../support/jobs.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

/** The ids that these Jobs' statuses name, once each is decided on. */
async function idsOf(names: readonly string[]): Promise<readonly string[]> {
  const decided = await Promise.all(names.map((name) => scene.jobs.until(name, 'to be decided on', ({ status }) => status.observedGeneration > 0)));
  return decided.flatMap(({ status }) => (status.jobId === undefined ? [] : [status.jobId]));
}

describe('a second live Job with a key', () => {
  it('is Stalled, and told which Job has the key', async () => {
    await scene.jobs.create('first', { idempotencyKey: 'shared', requestPayload: {} });
    const jobId = await scene.acceptedId('first');
    await scene.rows.progress(jobId, 10);
    await scene.jobs.create('second', { idempotencyKey: 'shared', requestPayload: {}, deletionPolicy: 'Delete' });
    const job = await scene.jobs.untilCondition('second', 'Stalled', 'True', 'IdempotencyKeyInUse');
    expect(job.status.jobId).toBeUndefined();
    expect(job.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toContain('The Job first ');
  });

  it('has no power over the row: neither its cancel nor its deletion touches it', async () => {
    const row = await scene.rows.get(await scene.acceptedId('first'));
    await scene.jobs.patch('second', { spec: { cancel: true } });
    await scene.jobs.until('second', 'to be looked at again', ({ metadata, status }) => status.observedGeneration === metadata.generation);
    await scene.jobs.delete('second');
    await scene.jobs.untilGone('second');
    expect(await scene.rows.get(row.job_id)).toEqual(row);
  });

  it('takes the row over, by itself, when the first goes', async () => {
    const jobId = await scene.acceptedId('first');
    await scene.jobs.create('third', { idempotencyKey: 'shared', requestPayload: {} });
    await scene.jobs.untilCondition('third', 'Stalled', 'True', 'IdempotencyKeyInUse');
    await scene.jobs.patch('first', { spec: { deletionPolicy: 'Retain' } });
    await scene.jobs.delete('first');
    await scene.jobs.untilGone('first');
    const job = await scene.jobs.untilPhase('third', 'Running');
    expect(job.status.jobId).toBe(jobId);
    expect(job.status.conditions?.map(({ type }) => type)).not.toContain('Stalled');
    // From now on it is its Job's like any other.
    await scene.rows.complete(jobId, '{"pages": 12}');
    expect((await scene.jobs.untilPhase('third', 'Completed')).status.result).toEqual({ pages: 12 });
    expect(await scene.inserted()).toEqual([jobId]);
  });

  it('waits while the first is being deleted and cannot go', async () => {
    await scene.jobs.create('held', { idempotencyKey: 'held', requestPayload: {} }, { finalizers: ['example.com/backup'] });
    await scene.acceptedId('held');
    await scene.jobs.delete('held');
    await scene.jobs.until('held', 'to be let go by the operator', ({ metadata }) => !(metadata.finalizers ?? []).includes(FINALIZER));
    await scene.jobs.create('waits', { idempotencyKey: 'held', requestPayload: {} });
    const waiting = await scene.jobs.untilCondition('waits', 'Stalled', 'True', 'IdempotencyKeyInUse');
    expect(waiting.status.jobId).toBeUndefined();
  });
});

describe('many Jobs with one key', () => {
  it('have one run among them when they come at the same moment', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `crowd-${index}`);
    const before = (await scene.inserted()).length;
    await Promise.all(names.map((name) => scene.jobs.create(name, { idempotencyKey: 'crowd', requestPayload: {} })));
    const ids = await idsOf(names);
    expect(ids).toHaveLength(1);
    expect((await scene.inserted()).slice(before)).toEqual(ids);
  });

  it('have one run among them when the others come while the INSERT of the first hangs', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `late-${index}`);
    const before = (await scene.inserted()).length;
    await scene.rows.run('LOCK TABLES jobs READ');
    for (const name of names) {
      await scene.jobs.create(name, { idempotencyKey: 'late', requestPayload: {} });
      // Each is looked at before the next is there: its finalizer tells.
      await scene.jobs.until(name, 'to be begun', ({ metadata }) => (metadata.finalizers ?? []).includes(FINALIZER));
    }
    await scene.rows.run('UNLOCK TABLES');
    const ids = await idsOf(names);
    expect(ids).toHaveLength(1);
    expect((await scene.inserted()).slice(before)).toEqual(ids);
  });
});
