import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

/** Bytes of the text MySQL prints (contract, section 1). */
const LIMIT = 262_144;
const COMPLETED = { Ready: 'True Completed', Complete: 'True Completed', Failed: 'False Completed' };

/** A JSON string of so many bytes, quotes included. */
const ofBytes = (bytes: number): string => `"${'x'.repeat(bytes - 2)}"`;

describe('a large result', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
  }, SETUP_TIMEOUT_MS);

  async function completed(name: string, result: string, payload = '{}'): Promise<Awaited<ReturnType<Scene['jobs']['get']>>> {
    await scene.jobs.createWithPayload(name, payload);
    const { metadata } = await scene.jobs.untilPhase(name, 'Pending');
    await scene.rows.complete(metadata.uid, result);
    return scene.jobs.untilPhase(name, 'Completed');
  }

  it('of 256 KiB is shown', async () => {
    const job = await completed('at-the-limit', ofBytes(LIMIT));
    expect(job.status.result).toHaveLength(LIMIT - 2);
    expect(conditionsOf(job)).toEqual({ ...COMPLETED, Synced: 'True RowShown' });
  });

  it('of a byte more is left out, and Synced says that the row has it', async () => {
    const job = await completed('over-the-limit', ofBytes(LIMIT + 1));
    expect(job.status).not.toHaveProperty('result');
    expect(conditionsOf(job)).toEqual({ ...COMPLETED, Synced: 'False ResultTooLarge' });
  });

  it('is measured in bytes, not in characters', async () => {
    const job = await completed('in-bytes', `"${'é'.repeat(LIMIT / 2)}"`);
    expect(job.status).not.toHaveProperty('result');
  });

  it('of five megabytes is left out, and the row keeps it', async () => {
    const job = await completed('five-megabytes', ofBytes(5_000_000));
    expect(conditionsOf(job)).toEqual({ ...COMPLETED, Synced: 'False ResultTooLarge' });
    expect(job.status).toMatchObject({ phase: 'Completed', progress: 100 });
    expect((await scene.rows.get(job.metadata.uid)).result).toHaveLength(5_000_000);
  });

  it('that the API server finds too large together with the payload is left out, without trying on and on', async () => {
    const payload = JSON.stringify({ blob: 'x'.repeat(1_340_000) });
    const job = await completed('together-too-large', ofBytes(250 * 1024), payload);
    expect(job.status).not.toHaveProperty('result');
    expect(conditionsOf(job)).toEqual({ ...COMPLETED, Synced: 'False ResultTooLarge' });
    // One attempt and no retry: its 500 is final.
    expect(await scene.metrics.sum('rest_client_requests_total', { method: 'PATCH', code: '500' })).toBeLessThanOrEqual(1);
  });

  it('that is left out is not tried again by an operator that starts anew', async () => {
    const before = (await scene.jobs.list()).map(({ metadata }) => metadata.resourceVersion);
    await scene.operator.service.stop();
    await scene.operator.service.start();
    await scene.jobs.create('later');
    await scene.jobs.untilPhase('later', 'Pending');
    const after = (await scene.jobs.list()).filter(({ metadata }) => metadata.name !== 'later').map(({ metadata }) => metadata.resourceVersion);
    expect(after).toEqual(before);
  });

  it('does not keep its row from expiring', async () => {
    for (const name of ['together-too-large', 'five-megabytes']) {
      const { metadata } = await scene.jobs.patch(name, { spec: { ttlSecondsAfterFinished: 0 } });
      await scene.rows.age(metadata.uid);
    }
    for (const name of ['together-too-large', 'five-megabytes']) {
      const job = await scene.jobs.untilCondition(name, 'Synced', 'False', 'Expired');
      expect(await scene.rows.find(job.metadata.uid)).toBeUndefined();
    }
  });
});
