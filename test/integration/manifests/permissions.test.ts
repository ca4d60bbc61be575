import { beforeAll, describe, expect, it } from '@jest/globals';
import { MANIFESTS } from '../../../dev/kustomize.ts';
import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import type { ApiResponse } from '../../../dev/kubernetes-api.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';

const JOBS = '/apis/wordpress.betaweb.ai/v1alpha1/namespaces/team-florists/jobs';
const FINALIZER = 'wordpress.betaweb.ai/row';

const stack = useStack();
let admin: KubernetesApi;
/** With a token of the service account that the manifests make. */
let operator: KubernetesApi;
/** An account that nobody gave anything. */
let nobody: KubernetesApi;

beforeAll(async () => {
  const controlPlane = await stack.untouchedControlPlane();
  const client = (token: string): KubernetesApi => {
    const api = new KubernetesApi({ ...controlPlane.credentials, token });
    stack.defer(() => api.close());
    return api;
  };
  admin = client(controlPlane.credentials.token);
  const kubectl = (...args: readonly string[]): Promise<string> => stack.kubectl(args, { kubeconfig: controlPlane.kubeconfig });
  await kubectl('apply', '-k', `${MANIFESTS}base`);
  await kubectl('create', 'namespace', 'team-florists');
  await kubectl('-n', 'team-florists', 'create', 'serviceaccount', 'nobody');
  await kubectl('-n', 'jobs-operator', 'create', 'secret', 'generic', 'rds-password', '--from-literal=password=secret');
  await kubectl('wait', '--for=condition=Established', 'crd/jobs.wordpress.betaweb.ai');
  operator = client((await kubectl('-n', 'jobs-operator', 'create', 'token', 'jobs-operator')).trim());
  nobody = client((await kubectl('-n', 'team-florists', 'create', 'token', 'nobody')).trim());
}, SETUP_TIMEOUT_MS);

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Everything that an account may do in a namespace, by the API server's own account of it, a line each. */
async function rulesOf(api: KubernetesApi, namespace: string): Promise<readonly string[]> {
  const review = await api.post<{ status: { resourceRules: readonly Rule[]; incomplete: boolean } }>('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace } });
  return review.status.resourceRules.map(({ verbs, apiGroups, resources, resourceNames = [] }) => [verbs.join(','), apiGroups.join(','), resources.join(','), ...resourceNames].join(' ')).toSorted();
}

describe('the service account of the manifests', () => {
  it('may do what the operator does, and nothing else that an account without any role may not', async () => {
    const everybodys = await rulesOf(nobody, 'team-florists');
    const more = async (namespace: string): Promise<readonly string[]> => (await rulesOf(operator, namespace)).filter((rule) => !everybodys.includes(rule));
    const everywhere = [
      'create events.k8s.io events',
      'get apiextensions.k8s.io customresourcedefinitions jobs.wordpress.betaweb.ai',
      'get,list,watch,patch,delete wordpress.betaweb.ai jobs',
      'patch wordpress.betaweb.ai jobs/status',
    ];
    expect(await more('team-florists')).toEqual(everywhere);
    expect(await more('jobs-operator')).toEqual([...everywhere, 'create coordination.k8s.io leases', 'get,update coordination.k8s.io leases jobs-operator'].toSorted());
  });

  it.each<[what: string, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string]>([
    ['read Secrets, its own password among them', 'GET', '/api/v1/namespaces/jobs-operator/secrets/rds-password'],
    ['list Secrets', 'GET', '/api/v1/secrets'],
    ['read ConfigMaps', 'GET', '/api/v1/namespaces/jobs-operator/configmaps'],
    ['list pods', 'GET', '/api/v1/pods'],
    ['start pods', 'POST', '/api/v1/namespaces/jobs-operator/pods'],
    ['run commands in pods', 'POST', '/api/v1/namespaces/jobs-operator/pods/x/exec?command=id'],
    ['list namespaces', 'GET', '/api/v1/namespaces'],
    ['delete a namespace', 'DELETE', '/api/v1/namespaces/team-florists'],
    ['see nodes', 'GET', '/api/v1/nodes'],
    ['issue tokens, its own among them', 'POST', '/api/v1/namespaces/jobs-operator/serviceaccounts/jobs-operator/token'],
    ['touch its own Deployment', 'GET', '/apis/apps/v1/namespaces/jobs-operator/deployments/jobs-operator'],
    ['touch Kubernetes’ own Jobs', 'GET', '/apis/batch/v1/namespaces/team-florists/jobs'],
    ['give itself rights', 'POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'],
    ['change its own role', 'PATCH', '/apis/rbac.authorization.k8s.io/v1/clusterroles/jobs-operator'],
    ['change the definition', 'PATCH', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/jobs.wordpress.betaweb.ai'],
    ['read other definitions', 'GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'],
    ['take away its own limits', 'DELETE', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/jobs-operator.wordpress.betaweb.ai'],
    ['read Events', 'GET', '/apis/events.k8s.io/v1/namespaces/team-florists/events'],
    ['write Events of the older kind', 'POST', '/api/v1/namespaces/team-florists/events'],
    ['elect itself elsewhere', 'POST', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'],
    ['read other Leases, also beside its own', 'GET', '/apis/coordination.k8s.io/v1/namespaces/jobs-operator/leases/other'],
    ['list Leases', 'GET', '/apis/coordination.k8s.io/v1/namespaces/jobs-operator/leases'],
    ['delete its Lease', 'DELETE', '/apis/coordination.k8s.io/v1/namespaces/jobs-operator/leases/jobs-operator'],
    ['create Jobs', 'POST', JOBS],
    ['replace Jobs', 'PUT', `${JOBS}/x`],
    ['delete all Jobs at once', 'DELETE', JOBS],
    ['replace a status', 'PUT', `${JOBS}/x/status`],
  ])('may not %s', async (_what, method, path) => {
    const { status, text } = await operator.send(method, path, { ...(method === 'GET' ? {} : { body: {} }), contentType: method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' });
    expect({ status, text }).toMatchObject({ status: 403, text: expect.stringContaining('system:serviceaccount:jobs-operator:jobs-operator') });
  });
});

async function createJob(name: string, { spec = {}, metadata = {}, phase }: { readonly spec?: object; readonly metadata?: object; readonly phase?: string } = {}): Promise<void> {
  await admin.post(JOBS, {
    apiVersion: 'wordpress.betaweb.ai/v1alpha1',
    kind: 'Job',
    metadata: { name, ...metadata },
    spec: { type: 'clone', requestPayload: { site: 1 }, ...spec },
  });
  if (phase !== undefined) await admin.merge(`${JOBS}/${name}/status`, { status: { phase } });
}

function patchAs(api: KubernetesApi, name: string, body: object): Promise<ApiResponse> {
  return api.send('PATCH', `${JOBS}/${name}`, { body, contentType: 'application/merge-patch+json' });
}

describe('the admission policy', () => {
  beforeAll(async () => {
    await createJob('job', { metadata: { labels: { team: 'a' }, finalizers: ['example.com/backup'] } });
    // It takes a moment until the API server has read a new policy.
    await waitFor(async () => (await patchAs(operator, 'job', { metadata: { labels: { probe: String(Math.random()) } } })).status === 403, { what: 'the policy to be in force', timeoutMs: 20_000 });
  }, SETUP_TIMEOUT_MS);

  it.each([
    ['the spec', { spec: { cancel: true } }, /may not change the spec/],
    ['a part of the spec that may be changed', { spec: { ttlPolicy: 'RowAndResource' } }, /may not change the spec/],
    ['a label', { metadata: { labels: { team: 'b' } } }, /may not change labels/],
    ['an annotation', { metadata: { annotations: { 'wordpress.betaweb.ai/release': 'true' } } }, /may not change labels, annotations/],
    ['an owner', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '1' }] } }, /owners/],
    ['a finalizer of somebody else, taken off', { metadata: { finalizers: [FINALIZER] } }, /no finalizer but its own/],
    ['a finalizer of somebody else, put on', { metadata: { finalizers: ['example.com/backup', 'example.com/mine'] } }, /no finalizer but its own/],
  ])('refuses the operator %s', async (_what, body, reason) => {
    expect(await patchAs(operator, 'job', body)).toMatchObject({ status: 403, text: expect.stringMatching(reason) });
  });

  it('lets the operator put its own finalizer on and take it off again', async () => {
    expect((await patchAs(operator, 'job', { metadata: { finalizers: ['example.com/backup', FINALIZER] } })).status).toBe(200);
    expect((await patchAs(operator, 'job', { metadata: { finalizers: ['example.com/backup'] } })).status).toBe(200);
  });

  it('lets everybody else change what they may', async () => {
    expect((await patchAs(admin, 'job', { spec: { cancel: true }, metadata: { labels: { team: 'c' } } })).status).toBe(200);
  });

  it('is not got round by way of the status', async () => {
    const response = await operator.send('PATCH', `${JOBS}/job/status`, { body: { spec: { ttlPolicy: 'RowAndResource' }, metadata: { labels: { team: 'd' } }, status: { phase: 'Pending' } }, contentType: 'application/merge-patch+json' });
    expect(response.status).toBe(200);
    expect(await admin.get(`${JOBS}/job`)).toMatchObject({ spec: { ttlPolicy: 'Row' }, metadata: { labels: { team: 'c' } }, status: { phase: 'Pending' } });
  });

  it.each([
    ['has not finished', { spec: { ttlPolicy: 'RowAndResource' }, phase: 'Running' }],
    ['nobody has looked at', { spec: { ttlPolicy: 'RowAndResource' } }],
    ['is to stay', { spec: { ttlPolicy: 'Row' }, phase: 'Completed' }],
    ['does not say', { phase: 'Failed' }],
  ])('keeps the operator from deleting a Job that %s', async (what, job) => {
    const name = what.replaceAll(' ', '-');
    await createJob(name, job);
    expect(await operator.send('DELETE', `${JOBS}/${name}`)).toMatchObject({ status: 403, text: expect.stringMatching(/only when it has finished and its ttlPolicy is RowAndResource/) });
  });

  it('lets the operator delete one that has finished and asked for it', async () => {
    await createJob('done', { spec: { ttlPolicy: 'RowAndResource' }, phase: 'Cancelled' });
    expect((await operator.send('DELETE', `${JOBS}/done`)).status).toBe(200);
  });
});
