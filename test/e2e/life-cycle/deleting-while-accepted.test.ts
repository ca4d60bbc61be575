import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { waitFor } from '../../../dev/wait-for.ts';
import { openDeletionGate } from '../support/deletion-gate.ts';
import { FINALIZER } from '../support/jobs.ts';
import type { Job } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const POLICIES = ['Cancel', 'Retain', 'Delete'] as const;

/** The DELETE came in when there was no finalizer yet, and the API server does not look again: kubernetes/kubernetes#77988. */
describe('a Job whose deletion was under way when it got its finalizer', () => {
  let scene: Scene;
  const ids = new Map<string, string>();
  const accepted: Job['metadata'][] = [];
  let left: readonly Job[];

  beforeAll(async () => {
    scene = await openScene(stack);
    const { jobs, namespace, operator } = scene;
    await jobs.create('probe');
    await jobs.untilPhase('probe', 'Pending');
    const gate = await openDeletionGate(stack, namespace, jobs, 'probe');
    // It has seen none of these Jobs when their deletions come in.
    await operator.service.kill('SIGSTOP');
    const deletions = [];
    for (const deletionPolicy of POLICIES) {
      const name = deletionPolicy.toLowerCase();
      ids.set(name, (await jobs.create(name, { deletionPolicy, ttlSecondsAfterFinished: 600 })).metadata.uid);
      deletions.push(await gate.begin(name));
    }
    await operator.service.kill('SIGCONT');
    for (const name of ids.keys()) accepted.push((await jobs.untilPhase(name, 'Pending')).metadata);
    gate.open();
    await Promise.all(deletions.map(({ ended }) => ended));
    left = await jobs.list();
    const isSettled = async (): Promise<boolean> => (await scene.rows.all()).filter(({ status, ttl_expires_at }) => status === 'cancelled' && ttl_expires_at !== null).length === 2;
    await waitFor(isSettled, { what: 'two rows to be cancelled and to expire', timeoutMs: 20_000 });
  }, SETUP_TIMEOUT_MS);

  it('is gone at once, as if the finalizer were not there', () => {
    expect(accepted.map(({ finalizers, deletionTimestamp }) => ({ finalizers, deletionTimestamp }))).toEqual(POLICIES.map(() => ({ finalizers: [FINALIZER], deletionTimestamp: undefined })));
    expect(left.map(({ metadata }) => metadata.name)).toEqual(['probe']);
  });

  it.each([
    { deletionPolicy: 'Cancel', expires: 'completed_at', after: 600 },
    { deletionPolicy: 'Delete', expires: 'created_at', after: 20 },
  ] as const)('with deletionPolicy $deletionPolicy has its row cancelled after it, which expires $after s after its $expires', async ({ deletionPolicy, expires, after }) => {
    const row = await scene.rows.get(ids.get(deletionPolicy.toLowerCase()) ?? '');
    expect(row.status).toBe('cancelled');
    expect(Number(row.ttl_expires_at) - Number(row[expires])).toBe(after);
  });

  it('with deletionPolicy Retain leaves its row to run', async () => {
    await expect(scene.rows.get(ids.get('retain') ?? '')).resolves.toMatchObject({ status: 'pending', ttl_expires_at: null });
  });

  it('is told of in the log by its name', () => {
    const told = logOf(scene.operator).filter(({ message }) => message.startsWith('the Job went although it had its finalizer'));
    expect(new Set(told.map(({ name }) => name))).toEqual(new Set(['cancel', 'delete']));
  });
});
