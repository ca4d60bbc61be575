import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const RBAC = '/apis/rbac.authorization.k8s.io/v1/namespaces';
const JOBS = { apiGroups: ['wordpress.betaweb.ai'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'patch', 'update', 'delete'] };
const STATUS = { apiGroups: ['wordpress.betaweb.ai'], resources: ['jobs/status'], verbs: ['get', 'patch', 'update'] };

/** An operator that may not write statuses: what a resource does not show must not be lost with its row. */
describe('an expired row whose end its resource does not show yet', () => {
  let scene: Scene;
  let jobId: string;

  beforeAll(async () => {
    const namespace = await stack.namespace();
    const { name } = namespace;
    await stack.api.post(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'operator' } });
    await stack.api.post(`${RBAC}/${name}/roles`, { metadata: { name: 'operator' }, rules: [JOBS] });
    await stack.api.post(`${RBAC}/${name}/rolebindings`, {
      metadata: { name: 'operator' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'operator' },
      subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: name }],
    });
    const { status } = await stack.api.post<{ status: { token: string } }>(`/api/v1/namespaces/${name}/serviceaccounts/operator/token`, {});
    const kubeconfig = await stack.kubeconfigFor({ ...stack.credentials, token: status.token });
    scene = await openScene(stack, { namespace, cluster: { api: stack.api, kubeconfig } });
    const { metadata } = await scene.jobs.create('unseen', { ttlSecondsAfterFinished: 0 });
    jobId = metadata.uid;
    await scene.rows.untilStatus(jobId, 'pending');
    await scene.rows.complete(jobId, '{"url": "https://example.com"}');
    await scene.rows.set(jobId, { ttl_expires_at: 'NOW() - INTERVAL 1 MINUTE' });
    await scene.rows.age(jobId);
  }, SETUP_TIMEOUT_MS);

  it('is left by the sweep, and counted', async () => {
    const counted = async (): Promise<boolean> => (await scene.metrics.sum('jobs_operator_ttl_skipped', { reason: 'not_shown' })) === 1;
    await waitFor(counted, { what: 'the gauge to count one', timeoutMs: 20_000 });
    expect(await scene.rows.get(jobId)).toMatchObject({ status: 'completed' });
    expect((await scene.jobs.get('unseen')).status).toEqual({ observedGeneration: -1 });
    expect(await scene.metrics.sum('jobs_operator_ttl_deleted_total')).toBe(0);
  });

  it('goes as soon as its end is shown', async () => {
    await stack.api.merge(`${RBAC}/${scene.namespace.name}/roles/operator`, { rules: [JOBS, STATUS] });
    await scene.rows.untilGone(jobId, 30_000);
    const job = await scene.jobs.untilCondition('unseen', 'Synced', 'False', 'Expired');
    expect(job.status).toMatchObject({ jobId, phase: 'Completed', progress: 100, result: { url: 'https://example.com' } });
    expect(conditionsOf(job)).toMatchObject({ Ready: 'True Completed', Complete: 'True Completed' });
  });
});
