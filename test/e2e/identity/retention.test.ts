import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const DAYS = 30;

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack, { env: { TOMBSTONE_TTL_DAYS: String(DAYS) } });
}, SETUP_TIMEOUT_MS);

const spec = (idempotencyKey: string): object => ({ idempotencyKey, ttlSecondsAfterFinished: 0 });

/** Runs the Job, has its row swept and its resource deleted: nothing but the tombstone is left. @returns its id */
async function bury(name: string): Promise<string> {
  await scene.jobs.create(name, spec(name));
  const jobId = await scene.acceptedId(name);
  await scene.rows.complete(jobId);
  await scene.jobs.untilPhase(name, 'Completed');
  await scene.sweepAway(jobId);
  await scene.jobs.delete(name);
  await scene.jobs.untilGone(name);
  return jobId;
}

const makeOlder = (jobId: string, age: string): Promise<number> =>
  scene.rows.run(`UPDATE jobs_tombstones SET removed_at = NOW() - INTERVAL ${age} WHERE job_id = ?`, [jobId]);

describe('a tombstone', () => {
  it('is kept for TOMBSTONE_TTL_DAYS, and keeps its key taken for as long', async () => {
    const jobId = await bury('kept');
    await makeOlder(jobId, `${DAYS * 24 * 60 - 1} MINUTE`);
    await scene.sweeps(2);
    expect(await scene.tombstone(jobId)).toMatchObject({ status: 'completed' });
    await scene.jobs.create('kept', spec('kept'));
    expect((await scene.jobs.untilPhase('kept', 'Completed')).status.jobId).toBe(jobId);
    expect((await scene.inserted()).filter((id) => id === jobId)).toHaveLength(1);
  });

  it('is forgotten then, and its key is new again', async () => {
    const jobId = await bury('forgotten');
    await makeOlder(jobId, `${DAYS * 24 * 60 + 1} MINUTE`);
    await waitFor(async () => (await scene.tombstone(jobId)) === undefined, { what: 'the tombstone to be forgotten', timeoutMs: 10_000 });
    await scene.jobs.create('forgotten', spec('forgotten'));
    expect((await scene.jobs.untilPhase('forgotten', 'Pending')).status.jobId).toBe(jobId);
    expect((await scene.inserted()).filter((id) => id === jobId)).toHaveLength(2);
  });

  it('that is forgotten changes nothing in a resource that shows its outcome', async () => {
    const jobId = await scene.acceptedId('kept');
    const { resourceVersion } = (await scene.jobs.get('kept')).metadata;
    await makeOlder(jobId, `${DAYS + 1} DAY`);
    await waitFor(async () => (await scene.tombstone(jobId)) === undefined, { what: 'the tombstone to be forgotten', timeoutMs: 10_000 });
    await scene.operator.service.stop();
    await scene.operator.service.start();
    await scene.sweeps(1);
    const after = await scene.jobs.get('kept');
    expect(after.metadata.resourceVersion).toBe(resourceVersion);
    expect(after.status.phase).toBe('Completed');
    expect((await scene.inserted()).filter((id) => id === jobId)).toHaveLength(1);
  });
});
