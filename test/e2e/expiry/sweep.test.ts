import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

/** No row is removed younger than this (contract, section 3). Everything here waits for it at the same time. */
const MIN_AGE_SECONDS = 20;
const GONE_WITHIN_MS = 45_000;

describe('the sweep', () => {
  let scene: Scene;
  const ids = new Map<string, string>();
  /** Name -> age of the row in seconds when it was first seen to be gone. */
  const ages = new Map<string, Promise<number>>();

  const idOf = (name: string): string => ids.get(name) ?? '';

  /** Looked at all the time, so that a row that goes too early is seen to. */
  async function ageAtRemoval(name: string, createdAt: number): Promise<number> {
    await scene.rows.untilGone(idOf(name), GONE_WITHIN_MS);
    return (await scene.rows.now()) - createdAt;
  }

  beforeAll(async () => {
    scene = await openScene(stack);
    const specs: Readonly<Record<string, object>> = {
      row: { ttlSecondsAfterFinished: 1 },
      'row-and-resource': { ttlSecondsAfterFinished: 1, ttlPolicy: 'RowAndResource' },
      'failed-row': { ttlSecondsAfterFinished: 1 },
      unfinished: {},
      unexpired: { ttlSecondsAfterFinished: 3_600 },
      'deleted-young': { deletionPolicy: 'Delete' },
      'deleted-before-expiry': { ttlSecondsAfterFinished: 1 },
    };
    for (const [name, spec] of Object.entries(specs)) ids.set(name, (await scene.jobs.create(name, spec)).metadata.uid);
    for (const name of ids.keys()) await scene.jobs.untilPhase(name, 'Pending');
    for (const name of ['row', 'row-and-resource', 'unexpired', 'deleted-before-expiry']) await scene.rows.complete(idOf(name), '{"kept": [null, 9007199254740993]}');
    await scene.rows.fail(idOf('failed-row'), 'kept, too');
    await scene.rows.set(idOf('unfinished'), { status: "'running'", ttl_expires_at: 'NOW() - INTERVAL 1 DAY' });
    await scene.jobs.delete('deleted-young');
    await scene.jobs.untilPhase('deleted-before-expiry', 'Completed');
    await scene.jobs.delete('deleted-before-expiry');
    for (const name of ['row', 'row-and-resource', 'failed-row', 'deleted-young', 'deleted-before-expiry']) {
      const { created_at: createdAt } = await scene.rows.get(idOf(name));
      const age = ageAtRemoval(name, Number(createdAt));
      // Awaited by the tests below; until then a failure must not end the process.
      age.catch(() => undefined);
      ages.set(name, age);
    }
  }, SETUP_TIMEOUT_MS);

  it('counts what is expired and not finished, and leaves it', async () => {
    const counted = await waitFor(async () => (await scene.metrics.sum('jobs_operator_ttl_skipped', { reason: 'unfinished' })) === 1, { what: 'the gauge to count one', timeoutMs: 10_000 });
    expect(counted).toBe(true);
  });

  it('removes a finished row when its TTL is over, and not before it is 20 s old', async () => {
    expect(await ages.get('row')).toBeGreaterThanOrEqual(MIN_AGE_SECONDS);
    const job = await scene.jobs.untilCondition('row', 'Synced', 'False', 'Expired');
    expect(conditionsOf(job)).toEqual({ Ready: 'True Completed', Complete: 'True Completed', Failed: 'False Completed', Synced: 'False Expired' });
  });

  it('leaves the outcome standing in the resource, to the digit', async () => {
    const job = await scene.jobs.get('row');
    expect(job.status).toMatchObject({ phase: 'Completed', progress: 100, jobId: idOf('row') });
    expect(await scene.jobs.text('row')).toContain('"result":{"kept":[null,9007199254740993]}');
    await ages.get('failed-row');
    const failed = await scene.jobs.untilCondition('failed-row', 'Synced', 'False', 'Expired');
    expect(failed.status).toMatchObject({ phase: 'Failed', error: 'kept, too' });
    expect(conditionsOf(failed)).toMatchObject({ Stalled: 'True JobFailed', Failed: 'True JobFailed' });
    expect(await scene.jobs.reasonsUntil('row', 'Expired')).toEqual(['Accepted', 'Completed', 'Expired']);
  });

  it('removes the resource as well under ttlPolicy RowAndResource', async () => {
    expect(await ages.get('row-and-resource')).toBeGreaterThanOrEqual(MIN_AGE_SECONDS);
    await scene.jobs.untilGone('row-and-resource');
    expect(await scene.rows.find(idOf('row-and-resource'))).toBeUndefined();
  });

  it('removes the row of a young Job that was deleted with deletionPolicy Delete, when it is old enough', async () => {
    await scene.jobs.untilGone('deleted-young');
    expect(await ages.get('deleted-young')).toBeGreaterThanOrEqual(MIN_AGE_SECONDS);
  });

  it('removes the row of a deleted Job when its TTL is over', async () => {
    await scene.jobs.untilGone('deleted-before-expiry');
    expect(await ages.get('deleted-before-expiry')).toBeGreaterThanOrEqual(MIN_AGE_SECONDS);
  });

  it('leaves unfinished and unexpired rows, and makes no row again', async () => {
    const left = (await scene.rows.all()).map((row) => row.job_id);
    expect(left.toSorted()).toEqual([idOf('unfinished'), idOf('unexpired')].toSorted());
    expect((await scene.jobs.get('unfinished')).status.phase).toBe('Running');
    expect(conditionsOf(await scene.jobs.get('unexpired'))).toMatchObject({ Synced: 'True RowShown' });
  });

  it('counts what it removed', async () => {
    expect(await scene.metrics.sum('jobs_operator_ttl_deleted_total')).toBe(ages.size);
    expect(await scene.metrics.sum('jobs_operator_ttl_last_run_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
  });
});
