import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Job } from '../../e2e/support/jobs.ts';
import { logOf } from '../../e2e/support/operator-log.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { openWitnessedScene } from './support/witnessed-scene.ts';
import type { WitnessedScene } from './support/witnessed-scene.ts';

const stack = useStack();

/** Running by the old list. What has become of each since stands in its name. */
const CAST: Readonly<Record<string, object>> = {
  completed: {},
  failed: {},
  cancelled: {},
  deleted: {},
  'deleted-with-row': { deletionPolicy: 'Delete' },
  swept: { ttlSecondsAfterFinished: 0 },
  'swept-keyed': { ttlSecondsAfterFinished: 0, idempotencyKey: 'once' },
};
const SWEPT = ['swept', 'swept-keyed'];

/** Stale state: the connection of a running operator moves to a server that lags behind, or whose history went back. */
describe('a running operator whose view goes back in time', () => {
  let scene: WitnessedScene;
  const shown = new Map<string, Job>();
  let inserted: readonly string[] = [];
  let versions: ReadonlyMap<string, string> = new Map();

  const rowOf = (name: string): string => shown.get(name)?.status.jobId ?? '';
  const versionsNow = async (): Promise<ReadonlyMap<string, string>> =>
    new Map((await scene.jobs.list()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  const complaints = (): readonly string[] => logOf(scene.operator).flatMap(({ error }) => error?.message ?? []);

  beforeAll(async () => {
    scene = await openWitnessedScene(stack);
    const { jobs, rows, view, namespace } = scene;
    for (const [name, spec] of Object.entries(CAST)) await scene.create(name, spec);
    for (const name of Object.keys(CAST)) {
      shown.set(name, await jobs.untilPhase(name, 'Pending'));
      await rows.age(rowOf(name));
      await rows.progress(rowOf(name), 30);
    }
    for (const name of Object.keys(CAST)) await jobs.untilPhase(name, 'Running');
    await view.remember(namespace.jobsPath);

    for (const name of ['completed', ...SWEPT]) await rows.complete(rowOf(name), '{"run": 1}');
    await rows.fail(rowOf('failed'), 'the disk is full');
    await scene.cancel('cancelled');
    for (const name of ['deleted', 'deleted-with-row']) await scene.delete(name);
    await scene.create('young');
    await jobs.untilPhase('completed', 'Completed');
    await jobs.untilPhase('failed', 'Failed');
    await jobs.untilPhase('cancelled', 'Cancelled');
    for (const name of ['deleted', 'deleted-with-row']) await jobs.untilGone(name);
    for (const name of SWEPT) await jobs.untilCondition(name, 'Synced', 'False', 'Expired');
    await jobs.untilPhase('young', 'Pending');
    inserted = await scene.insertedByOperator();
    versions = await versionsNow();
  }, SETUP_TIMEOUT_MS);

  it('replayed history: it is noticed, a list follows, and nothing is written', async () => {
    scene.view.replay();
    await waitFor(() => complaints().some((message) => message.includes('went back')), { what: 'the step back to be noticed', timeoutMs: 20_000 });
    await scene.untilCaughtUp();
    const now = await versionsNow();
    for (const [name, version] of versions) expect([name, now.get(name)]).toEqual([name, version]);
  });

  it('an old list: Jobs that have ended do not begin again, and those that are gone do not come back', async () => {
    inserted = await scene.insertedByOperator();
    versions = await versionsNow();
    scene.view.lose();
    scene.view.goBack();
    // Two of the old list are gone in truth: each is forgotten once it was looked for.
    await waitFor(async () => scene.view.listsOfThePast > 0 && (await scene.metrics.sum('jobs_operator_jobs')) === Object.keys(CAST).length - 2, {
      what: 'the Jobs that are gone to be forgotten',
      timeoutMs: 30_000,
    });
    expect(await versionsNow()).toEqual(versions);
    expect(await scene.insertedByOperator()).toEqual(inserted);
  });

  it('caught up: Jobs that were missing from the old list go on', async () => {
    const { metadata } = await scene.jobs.get('young');
    await scene.rows.complete(metadata.uid, '{"run": 1}');
    scene.view.catchUp();
    const job = await scene.jobs.untilPhase('young', 'Completed');
    expect(job.status.result).toEqual({ run: 1 });
    expect(await scene.insertedByOperator()).toEqual(inserted);
  });

  it('breaks no rule of the contract, leaves every Job in agreement with its row, and then it is quiet', async () => {
    await scene.untilAgreed(SWEPT);
    expect(await scene.violations()).toEqual([]);
    expect(await scene.writesInSilence()).toEqual([]);
  });
});
