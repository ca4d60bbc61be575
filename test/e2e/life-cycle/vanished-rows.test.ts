import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import type { Job } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

/** A row counts as vanished after two reads of the primary this far apart (contract, section 4). */
const CONFIRMED_AFTER_MS = 10_000;

describe('a row that somebody deletes by hand', () => {
  let scene: Scene;
  let removedAt: number;
  const shown = new Map<string, Job>();

  beforeAll(async () => {
    scene = await openScene(stack);
    for (const name of ['pending', 'running', 'completed', 'expired', 'untouched']) {
      const { metadata } = await scene.jobs.create(name, name === 'expired' ? { ttlSecondsAfterFinished: 0 } : {});
      await scene.jobs.untilPhase(name, 'Pending');
      if (name === 'running') await scene.rows.progress(metadata.uid, 20);
      if (name === 'completed' || name === 'expired') await scene.rows.complete(metadata.uid, '{"outcome": "stands"}');
    }
    await scene.jobs.untilPhase('running', 'Running');
    await scene.jobs.untilPhase('completed', 'Completed');
    await scene.jobs.until('expired', 'to expire', ({ status }) => status.phase === 'Completed' && status.expiresAt !== undefined);
    for (const job of await scene.jobs.list()) shown.set(job.metadata.name, job);
    removedAt = performance.now();
    for (const [name, { metadata }] of shown) if (name !== 'untouched') await scene.rows.remove(metadata.uid);
  }, SETUP_TIMEOUT_MS);

  it('makes its unfinished Job Stalled, RowMissing, once its absence is confirmed', async () => {
    for (const name of ['pending', 'running']) {
      const job = await scene.jobs.untilCondition(name, 'Stalled', 'True', 'RowMissing', 30_000);
      expect(conditionsOf(job)).toEqual({ Ready: 'False RowMissing', Stalled: 'True RowMissing', Complete: 'False RowMissing', Failed: 'False RowMissing', Synced: 'False RowMissing' });
      expect(job.status).toMatchObject({ jobId: job.metadata.uid, phase: shown.get(name)?.status.phase });
    }
    expect(performance.now() - removedAt).toBeGreaterThan(CONFIRMED_AFTER_MS);
    expect(await scene.jobs.reasonsUntil('pending', 'RowMissing')).toEqual(['Accepted', 'RowMissing']);
  });

  it('leaves the outcome of a finished Job and says in Synced that it stands alone', async () => {
    // A full pass would come by within a minute; a start looks at everything.
    await scene.operator.service.stop();
    await scene.operator.service.start();
    const job = await scene.jobs.untilCondition('completed', 'Synced', 'False', 'RowMissing', 30_000);
    expect(conditionsOf(job)).toEqual({ Ready: 'True Completed', Complete: 'True Completed', Failed: 'False Completed', Synced: 'False RowMissing' });
    expect(job.status).toMatchObject({ phase: 'Completed', progress: 100, result: { outcome: 'stands' }, completedAt: shown.get('completed')?.status.completedAt });
  });

  it('is no loss when it had expired', async () => {
    const job = await scene.jobs.untilCondition('expired', 'Synced', 'False', 'Expired');
    expect(job.status).toMatchObject({ phase: 'Completed', result: { outcome: 'stands' } });
  });

  it('is never inserted again', async () => {
    await scene.jobs.create('another');
    await scene.jobs.untilPhase('another', 'Pending');
    const left = (await scene.rows.all()).map((row) => row.job_id);
    expect(left).toHaveLength(2);
    expect(left).toContain(shown.get('untouched')?.metadata.uid);
    expect(conditionsOf(await scene.jobs.get('pending'))).toMatchObject({ Stalled: 'True RowMissing' });
  });
});
