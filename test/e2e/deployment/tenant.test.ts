import { beforeAll, describe, expect, it } from '@jest/globals';
import { canRunPods } from '../../../dev/pod.ts';
import { createNamespace } from '../../support/namespace.ts';
import { useStack } from '../../support/stack.ts';
import type { OperatorProcess } from '../../support/stack.ts';
import { IMAGE_TIMEOUT_MS, install } from '../support/installation.ts';
import type { Installation } from '../support/installation.ts';
import { Jobs, rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';

/** The steps for tenants of docs/install.md. */
const stack = useStack();
let site: Installation;
let pod: OperatorProcess;
let own: Jobs;
let others: Jobs;

// Mount namespaces are root's.
const asRoot = canRunPods() ? describe : describe.skip;

asRoot('the component namespaced: an operator for the namespace that it runs in', () => {
  beforeAll(async () => {
    site = await install(stack, { namespace: 'team-florists', components: ['namespaced'] });
    own = new Jobs(site.api, { name: site.namespace, jobsPath: `/apis/wordpress.betaweb.ai/v1alpha1/namespaces/${site.namespace}/jobs` });
    others = new Jobs(site.api, await createNamespace(site.api, 'team-bakers'));
    pod = await site.pod('deployments', 'jobs-operator');
    await pod.service.start();
  }, IMAGE_TIMEOUT_MS);

  it('leads, by a Lease of its namespace', async () => {
    await own.create('ours');
    await own.untilPhase('ours', 'Pending');
    const { items } = await site.api.get<{ items: readonly { metadata: { name: string; namespace: string } }[] }>('/apis/coordination.k8s.io/v1/leases');
    expect(items.filter(({ metadata }) => metadata.name.startsWith('jobs-operator')).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(['team-florists/jobs-operator']);
  });

  it('takes a Job of its namespace to the end, and leaves those of others alone', async () => {
    await others.create('theirs');
    const jobId = rowIdOf(await own.get('ours'));
    await site.rows.complete(jobId);
    await own.untilPhase('ours', 'Completed');
    await own.delete('ours');
    await own.untilGone('ours');
    expect((await others.get('theirs')).status).toEqual({ observedGeneration: -1 });
    expect((await site.rows.all()).map(({ job_id }) => job_id)).toEqual([jobId]);
  });

  it('could not see the others if it tried', async () => {
    const { api } = await site.accountOf('jobs-operator');
    for (const path of ['/apis/wordpress.betaweb.ai/v1alpha1/jobs', '/apis/wordpress.betaweb.ai/v1alpha1/namespaces/team-bakers/jobs', '/apis/coordination.k8s.io/v1/namespaces/team-bakers/leases/jobs-operator']) {
      expect((await api.send('GET', path)).status).toBe(403);
    }
  });

  it('has the same limits in its own namespace as an operator for all', async () => {
    const { api } = await site.accountOf('jobs-operator');
    await own.create('untouchable');
    const response = await api.send('PATCH', '/apis/wordpress.betaweb.ai/v1alpha1/namespaces/team-florists/jobs/untouchable', { body: { spec: { cancel: true } }, contentType: 'application/merge-patch+json' });
    expect(response).toMatchObject({ status: 403, text: expect.stringMatching(/may not change the spec/) });
  });

  it('was denied nothing that it asked for', () => {
    expect(logOf(pod).filter(({ level }) => level !== 'info')).toEqual([]);
  });
});
