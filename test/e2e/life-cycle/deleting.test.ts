import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import type { Row } from '../support/rows.ts';

const stack = useStack();

/** What the row is after its Job was deleted. Rows here are old enough to be removed. */
const OUTCOMES = [
  { deletionPolicy: 'Cancel', phase: 'Pending', row: 'cancelled', expires: true },
  { deletionPolicy: 'Cancel', phase: 'Running', row: 'cancelled', expires: true },
  { deletionPolicy: 'Cancel', phase: 'Completed', row: 'completed', expires: true },
  { deletionPolicy: 'Cancel', phase: 'Failed', row: 'failed', expires: true },
  { deletionPolicy: 'Retain', phase: 'Pending', row: 'pending', expires: false },
  { deletionPolicy: 'Retain', phase: 'Running', row: 'running', expires: false },
  { deletionPolicy: 'Retain', phase: 'Completed', row: 'completed', expires: true },
  { deletionPolicy: 'Delete', phase: 'Pending', row: 'gone', expires: false },
  { deletionPolicy: 'Delete', phase: 'Running', row: 'gone', expires: false },
  { deletionPolicy: 'Delete', phase: 'Completed', row: 'gone', expires: false },
] as const;

const TTL_SECONDS = 3600;

describe('deleting a Job', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
  }, SETUP_TIMEOUT_MS);

  async function bring(name: string, phase: (typeof OUTCOMES)[number]['phase'], spec: object): Promise<Row> {
    const { metadata } = await scene.jobs.create(name, spec);
    await scene.jobs.untilPhase(name, 'Pending');
    await scene.rows.age(metadata.uid);
    if (phase === 'Running') await scene.rows.progress(metadata.uid, 20);
    if (phase === 'Completed') await scene.rows.complete(metadata.uid, '{"kept": true}');
    if (phase === 'Failed') await scene.rows.fail(metadata.uid, 'kept');
    await scene.jobs.untilPhase(name, phase);
    return scene.rows.get(metadata.uid);
  }

  it.each(OUTCOMES)('with deletionPolicy $deletionPolicy while $phase: the row is $row afterwards', async ({ deletionPolicy, phase, row, expires }) => {
    const name = `${deletionPolicy}-${phase}`.toLowerCase();
    const before = await bring(name, phase, { deletionPolicy, ttlSecondsAfterFinished: TTL_SECONDS });
    await scene.jobs.delete(name);
    await scene.jobs.untilGone(name);
    const after = await scene.rows.find(before.job_id);
    if (row === 'gone') {
      expect(after).toBeUndefined();
      return;
    }
    expect(after).toMatchObject({ status: row, progress: before.progress, result: before.result, error: before.error });
    if (expires) expect(after?.ttl_expires_at).toBe(Math.max(after?.completed_at ?? 0, after?.updated_at ?? 0) + TTL_SECONDS);
    else expect(after?.ttl_expires_at).toBeNull();
    if (row === before.status) expect(after).toMatchObject({ updated_at: before.updated_at, completed_at: before.completed_at });
  });

  it('leaves a cancelled row without a TTL where none is set', async () => {
    const before = await bring('no-ttl', 'Running', {});
    await scene.jobs.delete('no-ttl');
    await scene.jobs.untilGone('no-ttl');
    expect(await scene.rows.get(before.job_id)).toMatchObject({ status: 'cancelled', ttl_expires_at: null });
  });

  it('and creating it again under the same name is another run, with a row of its own', async () => {
    const before = await bring('again', 'Completed', {});
    await scene.jobs.delete('again');
    await scene.jobs.untilGone('again');
    const second = await scene.jobs.create('again');
    const job = await scene.jobs.untilPhase('again', 'Pending');
    expect(job.status.jobId).toBe(second.metadata.uid);
    expect(await scene.rows.get(before.job_id)).toEqual(before);
    expect(await scene.rows.get(second.metadata.uid)).toMatchObject({ status: 'pending' });
  });
});
