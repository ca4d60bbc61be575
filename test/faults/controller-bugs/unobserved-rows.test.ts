import { beforeAll, describe, expect, it } from '@jest/globals';
import { conditionsOf } from '../../e2e/support/jobs.ts';
import type { Job } from '../../e2e/support/jobs.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openWitnessedScene } from './support/witnessed-scene.ts';
import type { WitnessedScene } from './support/witnessed-scene.ts';

const stack = useStack();

const TTL_SECONDS = 3_600;

/** Accepted, and pending or completed, when the operator falls asleep. */
const PENDING: Readonly<Record<string, object>> = {
  retried: {},
  reinserted: {},
  reinstated: {},
  outrun: {},
  'done-twice': {},
  'kept-row': { deletionPolicy: 'Retain', ttlSecondsAfterFinished: TTL_SECONDS },
  'keyed-unseen': { deletionPolicy: 'Delete', idempotencyKey: 'seen-by-nobody' },
  'gone-with-row': { ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' },
};
const COMPLETED: Readonly<Record<string, object>> = { 'restored-row': {} };

/** Unobserved state: of what happened to a row between two looks the operator sees nothing but the end. */
describe('what happened to a row between two looks', () => {
  let scene: WitnessedScene;
  /** As they were shown before. */
  const before = new Map<string, Job>();

  const rowOf = (name: string): string => before.get(name)?.status.jobId ?? '';
  const insertAgain = (name: string): Promise<number> =>
    scene.rows.run("INSERT INTO jobs (job_id, type, request_payload) SELECT job_id, type, request_payload FROM backup WHERE job_id = ?", [rowOf(name)]);

  beforeAll(async () => {
    scene = await openWitnessedScene(stack);
    for (const [name, spec] of Object.entries({ ...PENDING, ...COMPLETED })) await scene.create(name, spec);
    for (const name of Object.keys(PENDING)) before.set(name, await scene.jobs.untilPhase(name, 'Pending'));
    for (const name of Object.keys(COMPLETED)) {
      const { status } = await scene.jobs.untilPhase(name, 'Pending');
      await scene.rows.complete(status.jobId ?? '', '{"run": 1}');
      before.set(name, await scene.jobs.untilPhase(name, 'Completed'));
    }
    await scene.rows.run('CREATE TABLE backup SELECT * FROM jobs');
    for (const name of ['keyed-unseen', 'gone-with-row']) await scene.rows.age(rowOf(name));

    await scene.asleep(async () => {
      const { rows } = scene;
      await rows.fail(rowOf('retried'), 'the disk is full');
      await rows.progress(rowOf('retried'), 50);
      await rows.set(rowOf('retried'), { error: 'NULL', completed_at: 'NULL' });
      await rows.complete(rowOf('retried'), '{"attempts": 2}');

      await rows.remove(rowOf('reinserted'));
      await insertAgain('reinserted');
      await rows.remove(rowOf('restored-row'));
      await insertAgain('restored-row');

      await rows.set(rowOf('reinstated'), { status: "'cancelled'", completed_at: 'NOW()' });
      await rows.set(rowOf('reinstated'), { status: "'running'", completed_at: 'NULL', progress: '20' });

      await rows.complete(rowOf('outrun'));
      await scene.cancel('outrun');

      await rows.complete(rowOf('done-twice'), '{"run": 1}');
      await rows.set(rowOf('done-twice'), { status: "'running'" });
      await rows.complete(rowOf('done-twice'), '{"run": 2}');

      for (const name of ['kept-row', 'keyed-unseen']) {
        await rows.complete(rowOf(name), '{"told": "late"}');
        await scene.delete(name);
      }
      await rows.complete(rowOf('gone-with-row'), '{"told": "last"}');
    });
  }, SETUP_TIMEOUT_MS);

  it('failed, taken up again, and completed: the Job goes from Pending to Completed, and nobody is told of a failure', async () => {
    const job = await scene.jobs.untilPhase('retried', 'Completed');
    expect(job.status).toMatchObject({ progress: 100, result: { attempts: 2 } });
    expect(job.status).not.toHaveProperty('error');
    expect(await scene.jobs.reasonsUntil('retried', 'Completed')).toEqual(['Accepted', 'Completed']);
  });

  it('removed and written again by others: it is the same job, and nothing is missing', async () => {
    await scene.rows.progress(rowOf('reinserted'), 10);
    await scene.jobs.untilPhase('reinserted', 'Running');
    expect(await scene.jobs.reasonsUntil('reinserted', 'Started')).toEqual(['Accepted', 'Started']);
  });

  it('completed, removed, and written again as pending, as from a backup: the Job follows it back, and to its new end', async () => {
    await scene.jobs.untilPhase('restored-row', 'Pending');
    await scene.rows.complete(rowOf('restored-row'), '{"run": 2}');
    const { status } = await scene.jobs.until('restored-row', 'to show the second run', ({ status: { result } }) => (result as { run: number } | undefined)?.run === 2);
    expect(status.phase).toBe('Completed');
  });

  it('cancelled by somebody and taken up again: the Job runs, and nobody is told of a cancellation', async () => {
    const job = await scene.jobs.untilPhase('reinstated', 'Running');
    expect(job.status.progress).toBe(20);
    expect(await scene.jobs.reasonsUntil('reinstated', 'Started')).toEqual(['Accepted', 'Started']);
  });

  it('completed just before the Job was cancelled: the outcome stands', async () => {
    const job = await scene.jobs.until('outrun', 'to be up to date', ({ status, metadata }) => status.phase === 'Completed' && status.observedGeneration === metadata.generation);
    expect(conditionsOf(job)).toMatchObject({ Ready: 'True Completed', Complete: 'True Completed' });
    expect(await scene.changesOf(rowOf('outrun'))).toEqual(['insert pending', 'update completed']);
  });

  it('completed twice with different results: the last one is shown', async () => {
    const job = await scene.jobs.untilPhase('done-twice', 'Completed');
    expect(job.status.result).toEqual({ run: 2 });
  });

  it('completed just before its Job was deleted, to be retained: it expires as if its end had been seen first', async () => {
    await scene.jobs.untilGone('kept-row');
    const row = await scene.rows.get(rowOf('kept-row'));
    expect(row).toMatchObject({ status: 'completed', ttl_expires_at: Number(row.completed_at) + TTL_SECONDS });
  });

  it('completed just before its keyed Job was deleted together with it: the next Job of the key shows the outcome that nobody had seen', async () => {
    await scene.jobs.untilGone('keyed-unseen');
    await scene.rows.untilGone(rowOf('keyed-unseen'));
    await scene.create('keyed-unseen', PENDING['keyed-unseen']);
    const job = await scene.jobs.untilPhase('keyed-unseen', 'Completed');
    expect(job.status).toMatchObject({ jobId: rowOf('keyed-unseen'), result: { told: 'late' } });
    expect(conditionsOf(job)).toMatchObject({ Synced: 'False Expired' });
  });

  it('completed and expired at once, to go with its Job: the Job shows the outcome before both go', async () => {
    await scene.rows.untilGone(rowOf('gone-with-row'));
    await scene.jobs.untilGone('gone-with-row');
    // That it was shown is for the rules to tell.
    expect(await scene.changesOf(rowOf('gone-with-row'))).toEqual(['insert pending', 'update pending', 'update completed', 'update completed', 'delete completed']);
  });

  it('breaks no rule of the contract, leaves every Job in agreement with its row, and then it is quiet', async () => {
    await scene.untilAgreed(['keyed-unseen']);
    expect(await scene.violations()).toEqual([]);
    expect(await scene.writesInSilence()).toEqual([]);
  });
});
