import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const SECRET = 'hunter2';

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

/** Lets a Job with this key run a little, and go, with its row left as it is. @returns the row's id */
async function leaveRow(key: string): Promise<string> {
  const name = `earlier-${key}`;
  await scene.jobs.create(name, { idempotencyKey: key, requestPayload: { site: 1 }, deletionPolicy: 'Retain' });
  const jobId = await scene.acceptedId(name);
  await scene.rows.progress(jobId, 20);
  await scene.jobs.delete(name);
  await scene.jobs.untilGone(name);
  return jobId;
}

const OTHER_WORK: readonly { readonly what: string; readonly spec: object }[] = [
  { what: 'type', spec: { type: 'delete', requestPayload: { site: 1 } } },
  { what: 'requestPayload', spec: { requestPayload: { site: 2, password: SECRET } } },
];

describe.each(OTHER_WORK)('a Job with the key of earlier work, and another $what', ({ what, spec }) => {
  const name = `other-${what.toLowerCase()}`;
  let jobId: string;
  let row: object;

  beforeAll(async () => {
    jobId = await leaveRow(name);
    row = await scene.rows.get(jobId);
    // Of all the policies the one that would do the most harm.
    await scene.jobs.create(name, { ...spec, idempotencyKey: name, deletionPolicy: 'Delete' });
  });

  it('is Stalled, and told what differs', async () => {
    const job = await scene.jobs.untilCondition(name, 'Stalled', 'True', 'IdempotencyConflict');
    expect(conditionsOf(job)).toMatchObject({ Ready: 'False IdempotencyConflict', Complete: 'False IdempotencyConflict', Failed: 'False IdempotencyConflict' });
    expect(job.status.jobId).toBeUndefined();
    expect(job.status.phase).toBeUndefined();
    const stalled = job.status.conditions?.find(({ type }) => type === 'Stalled');
    expect(stalled?.message).toContain(`another ${what}`);
    expect(JSON.stringify(job.status)).not.toContain(SECRET);
    expect(await scene.jobs.reasonsUntil(name, 'IdempotencyConflict')).toEqual(['IdempotencyConflict']);
  });

  it('does nothing to the earlier row, neither while it is there nor by its deletion', async () => {
    await scene.jobs.untilCondition(name, 'Stalled', 'True', 'IdempotencyConflict');
    expect(await scene.rows.get(jobId)).toEqual(row);
    await scene.jobs.patch(name, { spec: { cancel: true, ttlSecondsAfterFinished: 0 } });
    await scene.jobs.until(name, 'to be looked at again', ({ metadata, status }) => status.observedGeneration === metadata.generation);
    expect(await scene.rows.get(jobId)).toEqual(row);
    await scene.jobs.delete(name);
    await scene.jobs.untilGone(name);
    expect(await scene.rows.get(jobId)).toEqual(row);
    expect((await scene.inserted()).filter((id) => id === jobId)).toHaveLength(1);
  });
});

describe('a Job with the key of earlier work whose row is gone', () => {
  it('is Stalled by its tombstone, and leaves that as it is', async () => {
    await scene.jobs.create('swept', { idempotencyKey: 'swept', ttlSecondsAfterFinished: 0 });
    const jobId = await scene.acceptedId('swept');
    await scene.rows.complete(jobId);
    await scene.jobs.untilPhase('swept', 'Completed');
    await scene.sweepAway(jobId);
    const tombstone = await scene.tombstone(jobId);
    await scene.applyAgain('swept', { idempotencyKey: 'swept', type: 'delete', requestPayload: { site: 'swept' }, deletionPolicy: 'Delete' });
    await scene.jobs.untilCondition('swept', 'Stalled', 'True', 'IdempotencyConflict');
    await scene.jobs.delete('swept');
    await scene.jobs.untilGone('swept');
    expect(await scene.tombstone(jobId)).toEqual(tombstone);
    expect(await scene.rows.find(jobId)).toBeUndefined();
    expect((await scene.inserted()).filter((id) => id === jobId)).toHaveLength(1);
  });
});
