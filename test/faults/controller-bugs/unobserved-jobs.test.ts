import { beforeAll, describe, expect, it } from '@jest/globals';
import { FINALIZER } from '../../e2e/support/jobs.ts';
import type { Job } from '../../e2e/support/jobs.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openWitnessedScene } from './support/witnessed-scene.ts';
import type { WitnessedScene } from './support/witnessed-scene.ts';

const stack = useStack();

const POLICIES = ['Cancel', 'Retain', 'Delete'] as const;

/** Accepted and at work when the operator stops seeing. */
const CAST: Readonly<Record<string, object>> = {
  replaced: {},
  keyed: { idempotencyKey: 'once' },
  reprieved: { deletionPolicy: 'Delete' },
  refitted: {},
  bared: {},
  ...Object.fromEntries(POLICIES.map((deletionPolicy) => [`cancelled-${deletionPolicy}`.toLowerCase(), { deletionPolicy }])),
};

/** Unobserved state: of what happened to a Job between two looks the operator sees nothing but the end. */
describe('what happened to a Job between two looks', () => {
  let scene: WitnessedScene;
  /** As they were shown before. */
  const before = new Map<string, Job>();
  /** Of all that were made under one name, oldest first. */
  const again: string[] = [];
  let handed = '';

  const rowOf = (name: string): string => before.get(name)?.status.jobId ?? '';

  beforeAll(async () => {
    scene = await openWitnessedScene(stack);
    for (const [name, spec] of Object.entries(CAST)) await scene.create(name, spec);
    for (const name of Object.keys(CAST)) {
      const { status } = await scene.jobs.untilPhase(name, 'Pending');
      await scene.rows.progress(status.jobId ?? '', 30);
    }
    for (const name of Object.keys(CAST)) before.set(name, await scene.jobs.untilPhase(name, 'Running'));

    await scene.unobserved(async () => {
      for (let time = 0; time < 3; time += 1) {
        if (time > 0) await scene.delete('again');
        again.push((await scene.create('again')).metadata.uid);
      }
      for (const name of ['replaced', 'keyed']) {
        await scene.tearOut(name);
        await scene.create(name, CAST[name]);
      }
      await scene.create('unwanted');
      await scene.cancel('unwanted');
      for (const policy of POLICIES) {
        await scene.cancel(`cancelled-${policy}`.toLowerCase());
        await scene.delete(`cancelled-${policy}`.toLowerCase());
      }
      await scene.jobs.patch('reprieved', { spec: { deletionPolicy: 'Retain' } });
      await scene.delete('reprieved');
      await scene.jobs.patch('bared', { metadata: { finalizers: null } });
      await scene.jobs.patch('refitted', { metadata: { finalizers: null } });
      handed = (await scene.jobs.patch('refitted', { metadata: { finalizers: [FINALIZER] } })).metadata.resourceVersion;
    });
  }, SETUP_TIMEOUT_MS);

  it('made, deleted, and made again under its name: only the one that is there runs', async () => {
    const job = await scene.jobs.untilPhase('again', 'Pending');
    expect(job.status.jobId).toBe(again.at(-1));
    const inserted = await scene.insertedByOperator();
    expect(again.filter((uid) => inserted.includes(uid))).toEqual([again.at(-1)]);
  });

  it('replaced by another of its name, its finalizer taken off by hand: the new one runs for itself, and the old row is left as it is', async () => {
    const job = await scene.jobs.untilPhase('replaced', 'Pending');
    expect(job.status).toMatchObject({ jobId: job.metadata.uid, progress: 0 });
    expect(await scene.changesOf(rowOf('replaced'))).toEqual(['insert pending', 'update running']);
  });

  it('a keyed one, replaced by another with its key: that one shows the same row, which goes on', async () => {
    const job = await scene.jobs.untilPhase('keyed', 'Running');
    expect(job.metadata.uid).not.toBe(before.get('keyed')?.metadata.uid);
    expect(job.status.jobId).toBe(rowOf('keyed'));
    expect(await scene.changesOf(rowOf('keyed'))).toEqual(['insert pending', 'update running']);
  });

  it('cancelled before it was ever seen: no worker finds its row', async () => {
    const { metadata } = await scene.jobs.untilPhase('unwanted', 'Cancelled');
    expect(await scene.changesOf(metadata.uid)).toEqual(['insert cancelled']);
  });

  it.each(POLICIES)('cancelled and then deleted with deletionPolicy %s: its row is cancelled, as it would be had both been seen', async (policy) => {
    const name = `cancelled-${policy}`.toLowerCase();
    await scene.jobs.untilGone(name);
    expect(await scene.rows.get(rowOf(name))).toMatchObject({ status: 'cancelled', progress: 30 });
  });

  it('given another deletionPolicy and then deleted: the last one counts', async () => {
    await scene.jobs.untilGone('reprieved');
    expect(await scene.changesOf(rowOf('reprieved'))).toEqual(['insert pending', 'update running']);
  });

  it('freed of the finalizer by hand: it gets it back', async () => {
    await expect(scene.jobs.until('bared', 'to have its finalizer', ({ metadata }) => metadata.finalizers?.includes(FINALIZER) === true)).resolves.toBeDefined();
  });

  it('freed of the finalizer and given it back: nothing is written, and its deletion still cancels the row', async () => {
    await scene.untilCaughtUp();
    expect((await scene.jobs.get('refitted')).metadata.resourceVersion).toBe(handed);
    await scene.delete('refitted');
    await scene.jobs.untilGone('refitted');
    expect(await scene.rows.get(rowOf('refitted'))).toMatchObject({ status: 'cancelled' });
  });

  it('breaks no rule of the contract, leaves every Job in agreement with its row, and then it is quiet', async () => {
    await scene.untilAgreed();
    expect(await scene.violations()).toEqual([]);
    expect(await scene.writesInSilence()).toEqual([]);
  });
});
