import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { FINALIZER } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const POLICIES = ['Cancel', 'Retain', 'Delete'] as const;

/** The finalizer is there, as if the operator had died between it and the INSERT: that INSERT may still be on its way. */
describe('a Job that was deleted before it had a row', () => {
  let scene: Scene;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    scene = await openScene(stack, {
      async before({ jobs }) {
        for (const deletionPolicy of POLICIES) {
          const name = deletionPolicy.toLowerCase();
          const { metadata } = await jobs.create(name, { deletionPolicy }, { finalizers: [FINALIZER] });
          ids.set(name, metadata.uid);
          await jobs.delete(name);
        }
        await jobs.create('with-ttl', { ttlSecondsAfterFinished: 600 }, { finalizers: [FINALIZER] });
        ids.set('with-ttl', (await jobs.get('with-ttl')).metadata.uid);
        await jobs.delete('with-ttl');
        await jobs.create('never-seen');
        await jobs.delete('never-seen');
      },
    });
    for (const name of ids.keys()) await scene.jobs.untilGone(name);
  }, SETUP_TIMEOUT_MS);

  it.each(POLICIES)('with deletionPolicy %s: the row is written as cancelled, so that the id is taken, and expires', async (policy) => {
    const row = await scene.rows.get(ids.get(policy.toLowerCase()) ?? '');
    expect(row).toMatchObject({ status: 'cancelled', type: 'clone', progress: 0 });
    expect(JSON.parse(row.request_payload)).toEqual({ site: policy.toLowerCase() });
    expect(row.completed_at).toBe(row.created_at);
    expect(Number(row.ttl_expires_at) - Number(row.created_at)).toBe(policy === 'Delete' ? 20 : 3600);
  });

  it('gives that row the TTL of the spec, if there is one', async () => {
    const row = await scene.rows.get(ids.get('with-ttl') ?? '');
    expect(Number(row.ttl_expires_at) - Number(row.created_at)).toBe(600);
  });

  it('lets a late INSERT of that id find it taken', async () => {
    const id = ids.get('cancel');
    const late = scene.rows.run(`INSERT INTO jobs (job_id, type, request_payload) VALUES ('${id}', 'clone', '{}')`);
    await expect(late).rejects.toThrow(/Duplicate entry/);
    expect(await scene.rows.pending()).toEqual([]);
  });

  it('leaves no row of a Job that no operator has ever touched', async () => {
    expect((await scene.rows.all()).map((row) => row.job_id).toSorted()).toEqual([...ids.values()].toSorted());
  });
});
