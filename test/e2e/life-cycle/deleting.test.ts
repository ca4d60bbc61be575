import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import type { Row } from '../support/rows.ts';

const stack = useStack();

/** What is left of the row after its Job was deleted. Rows here are old enough to be removed. */
const OUTCOMES = [
  { deletionPolicy: 'Cancel', phase: 'Pending', left: 'cancelled, expires 3600 s after its end' },
  { deletionPolicy: 'Cancel', phase: 'Running', left: 'cancelled, expires 3600 s after its end' },
  { deletionPolicy: 'Cancel', phase: 'Completed', left: 'completed, expires 3600 s after its end' },
  { deletionPolicy: 'Cancel', phase: 'Failed', left: 'failed, expires 3600 s after its end' },
  { deletionPolicy: 'Retain', phase: 'Pending', left: 'pending, stays' },
  { deletionPolicy: 'Retain', phase: 'Running', left: 'running, stays' },
  { deletionPolicy: 'Retain', phase: 'Completed', left: 'completed, expires 3600 s after its end' },
  { deletionPolicy: 'Delete', phase: 'Pending', left: 'nothing' },
  { deletionPolicy: 'Delete', phase: 'Running', left: 'nothing' },
  { deletionPolicy: 'Delete', phase: 'Completed', left: 'nothing' },
] as const;

function whatIsLeft(row: Row | undefined): string {
  if (row === undefined) return 'nothing';
  if (row.ttl_expires_at === null) return `${row.status}, stays`;
  return `${row.status}, expires ${row.ttl_expires_at - Math.max(Number(row.completed_at), Number(row.updated_at))} s after its end`;
}

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

  it.each(OUTCOMES)('with deletionPolicy $deletionPolicy while $phase leaves of the row: $left', async ({ deletionPolicy, phase, left }) => {
    const name = `${deletionPolicy}-${phase}`.toLowerCase();
    const before = await bring(name, phase, { deletionPolicy, ttlSecondsAfterFinished: TTL_SECONDS });
    await scene.jobs.delete(name);
    await scene.jobs.untilGone(name);
    expect(whatIsLeft(await scene.rows.find(before.job_id))).toBe(left);
  });

  it.each(['Cancel', 'Retain'])('with deletionPolicy %s leaves a finished row as it is, to the last column', async (deletionPolicy) => {
    const name = `untouched-${deletionPolicy}`.toLowerCase();
    const before = await bring(name, 'Completed', { deletionPolicy });
    await scene.jobs.delete(name);
    await scene.jobs.untilGone(name);
    expect(await scene.rows.get(before.job_id)).toEqual(before);
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
