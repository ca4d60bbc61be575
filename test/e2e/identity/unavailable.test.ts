import { describe, expect, it } from '@jest/globals';
import { environment, runMain } from '../../support/main-program.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { FINALIZER } from '../support/jobs.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';

/** The operator looks for the table, and at refused Jobs, every 10 s each. */
const ACCEPTED_WITHIN_MS = 30_000;

const stack = useStack();

describe('a keyed Job that the operator cannot keep its promise for', () => {
  it('is refused without CLUSTER_NAME, which the condition names; one without a key is accepted', async () => {
    const scene = await openKeyedScene(stack, { env: { CLUSTER_NAME: '' } });
    await scene.jobs.create('keyed', { idempotencyKey: 'k' });
    await scene.jobs.create('plain');
    const job = await scene.jobs.untilCondition('keyed', 'Stalled', 'True', 'IdempotencyUnavailable');
    expect(job.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toMatch(/CLUSTER_NAME is not set .* Set it, or create the Job without a key/);
    expect(job.metadata.finalizers ?? []).not.toContain(FINALIZER);
    const plain = await scene.jobs.untilPhase('plain', 'Pending');
    expect(await scene.inserted()).toEqual([plain.metadata.uid]);
    await scene.jobs.delete('keyed');
    await scene.jobs.untilGone('keyed');
  }, SETUP_TIMEOUT_MS);

  it('is refused without the table of tombstones, told what to run, and accepted by itself once that was run', async () => {
    const scene = await openKeyedScene(stack, { env: { DB_MIGRATE: 'create' } });
    await scene.jobs.create('keyed', { idempotencyKey: 'k' });
    const refused = await scene.jobs.untilCondition('keyed', 'Stalled', 'True', 'IdempotencyUnavailable');
    expect(refused.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toContain('Run `jobs-operator migrate` with DB_MIGRATE=full');
    expect(await scene.inserted()).toEqual([]);
    const { pid } = scene.operator.service;

    expect(await runMain(['migrate'], environment(stack.kubeconfig, scene.database, { DB_MIGRATE: 'full' }))).toMatchObject({ code: 0 });
    const accepted = await scene.jobs.until('keyed', 'to be accepted', ({ status }) => status.phase === 'Pending', ACCEPTED_WITHIN_MS);
    expect(accepted.status.conditions?.map(({ type }) => type)).not.toContain('Stalled');
    expect(await scene.jobs.reasonsUntil('keyed', 'Accepted')).toEqual(['IdempotencyUnavailable', 'Accepted']);
    expect(await scene.inserted()).toEqual([accepted.status.jobId]);
    expect(scene.operator.service.pid).toBe(pid);
  }, SETUP_TIMEOUT_MS);
});
