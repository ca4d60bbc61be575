import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Job } from '../../e2e/support/jobs.ts';
import { logOf } from '../../e2e/support/operator-log.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { openWitnessedScene } from './support/witnessed-scene.ts';
import type { WitnessedScene } from './support/witnessed-scene.ts';

const stack = useStack();

/** What the old list has of each: a Job that nobody has looked at yet. What has become of it since stands in its name. */
const CAST: Readonly<Record<string, object>> = {
  running: {},
  completed: {},
  cancelled: {},
  deleted: {},
  'deleted-with-row': { deletionPolicy: 'Delete' },
  'made-again': {},
  swept: { ttlSecondsAfterFinished: 0 },
  'swept-whole': { ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' },
  'swept-keyed': { ttlSecondsAfterFinished: 0, idempotencyKey: 'once' },
};
const FINISHED = ['completed', 'swept', 'swept-whole', 'swept-keyed'];
const SWEPT = FINISHED.filter((name) => name.startsWith('swept'));
const GONE = ['deleted', 'deleted-with-row', 'swept-whole'];

/** Stale state: an operator that is started again sees the Jobs as they were before its predecessor's work, from a server that lags behind. */
describe('an operator that is started again and shown an old list', () => {
  let scene: WitnessedScene;
  /** As they were shown by the first operator, by name. */
  const shown = new Map<string, Job>();
  let inserted: readonly string[] = [];

  const rowOf = (name: string): string => shown.get(name)?.status.jobId ?? '';

  beforeAll(async () => {
    // The first sweep comes when the first looks have met with newer versions than the list has, as in the minute that it is by default.
    scene = await openWitnessedScene(stack, { start: false, env: { TTL_SWEEP_INTERVAL_SECONDS: '3' } });
    const { jobs, rows, operator, view, namespace } = scene;
    for (const [name, spec] of Object.entries(CAST)) await scene.create(name, spec);
    await view.remember(namespace.jobsPath);
    await operator.service.start();

    // Made when the list was old already.
    await scene.create('young');
    const accepted = [...Object.keys(CAST), 'young'];
    for (const name of accepted) shown.set(name, await jobs.untilPhase(name, 'Pending'));
    for (const name of accepted) {
      await rows.age(rowOf(name));
      await rows.progress(rowOf(name), 30);
    }
    for (const name of accepted) await jobs.untilPhase(name, 'Running');
    for (const name of FINISHED) await rows.complete(rowOf(name), '{"run": 1}');
    for (const name of SWEPT) await rows.untilGone(rowOf(name));
    for (const name of ['swept', 'swept-keyed']) await jobs.untilCondition(name, 'Synced', 'False', 'Expired');
    await scene.cancel('cancelled');
    await jobs.untilPhase('cancelled', 'Cancelled');
    for (const name of ['deleted', 'deleted-with-row', 'made-again']) await scene.delete(name);
    for (const name of [...GONE, 'made-again']) await jobs.untilGone(name);
    await scene.create('made-again');
    await jobs.untilPhase('made-again', 'Pending');
    inserted = await scene.insertedByOperator();

    await operator.service.kill('SIGKILL');
    view.goBack();
    await rows.progress(rowOf('running'), 80);
    // Expired before its Job could show the end, by a worker that sets the time itself.
    await rows.complete(rowOf('young'), '{"run": 1}');
    await rows.set(rowOf('young'), { ttl_expires_at: 'NOW() - INTERVAL 5 SECOND', updated_at: 'updated_at' });
    await operator.service.start();
  }, SETUP_TIMEOUT_MS);

  it('follows the Jobs as they are, since every write of it would rest on a version that is no more', async () => {
    expect(scene.view.listsOfThePast).toBeGreaterThan(0);
    await scene.jobs.until('running', 'to show 80', ({ status }) => status.progress === 80);
    expect((await scene.jobs.get('running')).status.phase).toBe('Running');
  });

  it('forgets those that are no more, and knows none that it was not shown', async () => {
    const known = Object.keys(CAST).length - GONE.length - 1;
    await waitFor(async () => (await scene.metrics.sum('jobs_operator_jobs')) === known, { what: `${known} Jobs to be known`, timeoutMs: 20_000 });
    expect(await scene.metrics.sum('workqueue_depth')).toBe(0);
  });

  it('inserts nothing, and takes no Job back to an earlier state', async () => {
    expect(await scene.insertedByOperator()).toEqual(inserted);
    expect(await scene.violations()).toEqual([]);
    for (const name of ['completed', 'swept', 'swept-keyed']) expect((await scene.jobs.get(name)).status.phase).toBe('Completed');
  });

  it('sweeps no row whose Job is only missing from the old list, and says why', async () => {
    const told = (): readonly string[] => logOf(scene.operator).flatMap(({ error }) => error?.message ?? []);
    await waitFor(() => told().some((message) => message.includes('a server that lags behind')), { what: 'a sweep that was left out', timeoutMs: 20_000 });
    expect(await scene.changesOf(rowOf('young'))).not.toContain('delete completed');
  });

  it('sees the history go by as the server catches up, and does nothing of it a second time', async () => {
    scene.view.catchUp();
    // Shown first, and then swept.
    await scene.jobs.untilCondition('young', 'Synced', 'False', 'Expired');
    expect((await scene.jobs.get('young')).status).toMatchObject({ phase: 'Completed', result: { run: 1 } });
    await scene.untilAgreed([...SWEPT, 'young']);
    expect(await scene.insertedByOperator()).toEqual(inserted);
    expect(await scene.violations()).toEqual([]);
    expect(await scene.writesInSilence()).toEqual([]);
  });
});
