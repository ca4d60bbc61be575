import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

const retained = (idempotencyKey: string): object => ({ idempotencyKey, deletionPolicy: 'Retain' });

/** How often a row of this id was written, ever. */
async function insertsOf(jobId: string): Promise<number> {
  return (await scene.inserted()).filter((id) => id === jobId).length;
}

describe('a keyed Job that is deleted and applied again while its row is there', () => {
  it('has an id that is a hash of its key, and not its uid', async () => {
    const { metadata } = await scene.jobs.create('hashed', retained('hashed'));
    const jobId = await scene.acceptedId('hashed');
    expect(jobId).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(jobId).not.toBe(metadata.uid);
  });

  it('shows the pending row, untouched', async () => {
    await scene.jobs.create('pending', retained('pending'));
    const jobId = await scene.acceptedId('pending');
    const row = await scene.rows.get(jobId);
    await scene.applyAgain('pending', retained('pending'));
    expect((await scene.jobs.untilPhase('pending', 'Pending')).status.jobId).toBe(jobId);
    expect(await scene.rows.get(jobId)).toEqual(row);
    expect(await insertsOf(jobId)).toBe(1);
  });

  it('shows the running row, and follows it to its end', async () => {
    await scene.jobs.create('running', retained('running'));
    const jobId = await scene.acceptedId('running');
    await scene.rows.progress(jobId, 30);
    const row = await scene.rows.get(jobId);
    const applied = await scene.applyAgain('running', retained('running'));
    const job = await scene.jobs.untilPhase('running', 'Running');
    expect(job.metadata.uid).toBe(applied.metadata.uid);
    expect(job.status).toMatchObject({ jobId, progress: 30 });
    expect(await scene.rows.get(jobId)).toEqual(row);
    await scene.rows.complete(jobId, '{"pages": 12}');
    expect((await scene.jobs.untilPhase('running', 'Completed')).status.result).toEqual({ pages: 12 });
    expect(await insertsOf(jobId)).toBe(1);
  });

  it('shows the outcome of the finished row, also under another name', async () => {
    await scene.jobs.create('finished', { idempotencyKey: 'finished', requestPayload: { site: 1 } });
    const jobId = await scene.acceptedId('finished');
    await scene.rows.complete(jobId, '{"n": 9007199254740993}');
    await scene.jobs.untilPhase('finished', 'Completed');
    const row = await scene.rows.get(jobId);
    await scene.jobs.delete('finished');
    await scene.jobs.untilGone('finished');
    await scene.jobs.create('finished-anew', { idempotencyKey: 'finished', requestPayload: { site: 1 } });
    const job = await scene.jobs.untilPhase('finished-anew', 'Completed');
    expect(job.status.jobId).toBe(jobId);
    expect(await scene.jobs.text('finished-anew')).toContain('"result":{"n":9007199254740993}');
    expect(conditionsOf(job)).toMatchObject({ Ready: 'True Completed', Complete: 'True Completed', Synced: 'True RowShown' });
    expect(await scene.rows.get(jobId)).toEqual(row);
    expect(await insertsOf(jobId)).toBe(1);
  });

  it('shows a run that its deletion cancelled as cancelled, and does not start it over', async () => {
    await scene.jobs.create('called-off', { idempotencyKey: 'called-off' });
    const jobId = await scene.acceptedId('called-off');
    await scene.applyAgain('called-off', { idempotencyKey: 'called-off' });
    const job = await scene.jobs.untilPhase('called-off', 'Cancelled');
    expect(job.status.jobId).toBe(jobId);
    expect(conditionsOf(job)).toMatchObject({ Stalled: 'True Cancelled', Failed: 'True Cancelled' });
    expect(await scene.rows.pending()).not.toContain(jobId);
    expect(await insertsOf(jobId)).toBe(1);
  });

  it('leaves a clean diary', async () => {
    expect(await scene.audit.violations()).toEqual([]);
  });
});
