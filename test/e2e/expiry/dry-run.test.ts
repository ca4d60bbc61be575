import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

describe('TTL_DRY_RUN', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack, { env: { TTL_DRY_RUN: 'true' } });
    await scene.rows.insert({ status: "'completed'", created_at: 'NOW() - INTERVAL 1 DAY', ttl_expires_at: 'NOW() - INTERVAL 1 HOUR' });
    const { metadata } = await scene.jobs.create('expired', { ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' });
    await scene.jobs.untilPhase('expired', 'Pending');
    await scene.rows.complete(metadata.uid);
    await scene.rows.age(metadata.uid);
    await scene.jobs.untilPhase('expired', 'Completed');
  }, SETUP_TIMEOUT_MS);

  it('says what it would remove', async () => {
    const found = (): boolean => scene.operator.service.log().includes('"deleted":2,');
    await waitFor(found, { what: 'a sweep that found both', timeoutMs: 20_000 });
    const line = scene.operator.service.log().split('\n').find((text) => text.includes('"deleted":2,'));
    expect(JSON.parse(line ?? '')).toMatchObject({ message: 'sweep done', deleted: 2, dryRun: true });
  });

  it('removes nothing', async () => {
    expect(await scene.rows.count()).toBe(2);
    expect(await scene.metrics.sum('jobs_operator_ttl_deleted_total')).toBe(0);
    expect(conditionsOf(await scene.jobs.get('expired'))).toMatchObject({ Synced: 'True RowShown' });
  });
});
