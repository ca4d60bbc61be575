import { beforeAll, describe, expect, it } from '@jest/globals';
import { conditionsOf } from '../../e2e/support/jobs.ts';
import type { Job } from '../../e2e/support/jobs.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openWitnessedScene } from './support/witnessed-scene.ts';
import type { WitnessedScene } from './support/witnessed-scene.ts';

const stack = useStack();

const RESULT = '{"url": "https://copy.example.com"}';
/** Their rows are removed by the sweep before their statuses are touched. */
const SWEPT = ['swept', 'swept-keyed', 'swept-partly'] as const;

/** Unobserved state: somebody writes statuses (`kubectl replace --subresource=status`), and the operator sees what they left and not that they did it. */
describe('a status that somebody has written between two looks', () => {
  let scene: WitnessedScene;
  /** As they were shown before. */
  const before = new Map<string, Job>();

  const rowOf = (name: string): string => before.get(name)?.status.jobId ?? '';

  beforeAll(async () => {
    scene = await openWitnessedScene(stack);
    const { jobs, rows } = scene;
    const waiting = ['forged-pending', 'emptied-pending'];
    const running = ['emptied-running'];
    const completed = ['emptied-completed', 'set-back', ...SWEPT];
    for (const name of [...waiting, ...running, ...completed]) {
      const swept = SWEPT.some((one) => one === name);
      await scene.create(name, { ...(swept ? { ttlSecondsAfterFinished: 0 } : {}), ...(name === 'swept-keyed' ? { idempotencyKey: 'swept-once' } : {}) });
    }
    for (const name of [...waiting, ...running, ...completed]) before.set(name, await jobs.untilPhase(name, 'Pending'));
    for (const name of [...running, ...completed]) {
      await rows.age(rowOf(name));
      await rows.progress(rowOf(name), 40);
    }
    for (const name of [...running, ...completed]) before.set(name, await jobs.untilPhase(name, 'Running'));
    for (const name of completed) await rows.complete(rowOf(name), RESULT);
    for (const name of completed) await jobs.untilPhase(name, 'Completed');
    for (const name of SWEPT) await jobs.untilCondition(name, 'Synced', 'False', 'Expired');

    await scene.unobserved(async () => {
      await scene.replaceStatus('emptied-pending', {});
      await scene.replaceStatus('emptied-running', {});
      await scene.replaceStatus('emptied-completed', {});
      await scene.replaceStatus('set-back', before.get('set-back')?.status ?? {});
      await scene.replaceStatus('forged-pending', { ...before.get('forged-pending')?.status, phase: 'Completed', progress: 100, result: { forged: true } });
      for (const name of ['swept', 'swept-keyed']) await scene.replaceStatus(name, {});
    });
  }, SETUP_TIMEOUT_MS);

  it.each([
    ['emptied-pending', 'Pending'],
    ['emptied-running', 'Running'],
    ['emptied-completed', 'Completed'],
    ['set-back', 'Completed'],
    ['forged-pending', 'Pending'],
  ] as const)('%s: shows its row again, %s', async (name, phase) => {
    await scene.jobs.untilPhase(name, phase);
    await scene.jobs.untilCondition(name, 'Synced', 'True', 'RowShown');
    expect(await scene.changesOf(rowOf(name))).toEqual(expect.not.arrayContaining(['insert cancelled', 'update cancelled']));
  });

  it('emptied after the row was swept: the job does not run again, and the Job says that nothing is left of it', async () => {
    const job = await scene.jobs.untilCondition('swept', 'Stalled', 'True', 'RowMissing');
    expect(job.status.jobId).toBe(rowOf('swept'));
    expect(await scene.rows.find(rowOf('swept'))).toBeUndefined();
  });

  it('emptied after the row of a keyed Job was swept: the tombstone tells the outcome', async () => {
    const job = await scene.jobs.untilPhase('swept-keyed', 'Completed');
    expect(job.status).toMatchObject({ jobId: rowOf('swept-keyed'), result: JSON.parse(RESULT) });
    expect(conditionsOf(job)).toMatchObject({ Synced: 'False Expired' });
  });

  it('robbed of its jobId after the row was swept, while no operator runs: what else it shows keeps the job from running again', async () => {
    const { jobId: _gone, ...rest } = (await scene.jobs.get('swept-partly')).status;
    await scene.operator.service.kill('SIGKILL');
    await scene.replaceStatus('swept-partly', rest);
    await scene.replaceStatus('emptied-completed', {});
    await scene.operator.service.start();
    await scene.jobs.until('swept-partly', 'to name its row', ({ status }) => status.jobId === rowOf('swept-partly'));
    const job = await scene.jobs.get('swept-partly');
    expect(job.status).toMatchObject({ phase: 'Completed', result: JSON.parse(RESULT) });
    expect(await scene.rows.find(rowOf('swept-partly'))).toBeUndefined();
  });

  it('breaks no rule of the contract, leaves every Job in agreement with its row, and then it is quiet', async () => {
    await scene.untilAgreed(SWEPT);
    expect(await scene.violations()).toEqual([]);
    expect(await scene.writesInSilence()).toEqual([]);
  });
});
