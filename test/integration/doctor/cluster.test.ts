import { beforeAll, describe, expect, it } from '@jest/globals';
import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { freePort, SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Database, Namespace } from '../../support/stack.ts';
import { environment, runMain } from '../../support/main-program.ts';
import type { CommandResult } from '../../support/main-program.ts';
import { complaints } from './complaints.ts';

const stack = useStack();
let database: Database;

beforeAll(async () => {
  database = await stack.database();
}, SETUP_TIMEOUT_MS);

function failures(result: CommandResult): readonly string[] {
  return complaints(result).filter((line) => line.startsWith('FAIL'));
}

const ALL_RULES = [
  { apiGroups: ['wordpress.betaweb.ai'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
  { apiGroups: ['wordpress.betaweb.ai'], resources: ['jobs/status'], verbs: ['patch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
];

/** A kubeconfig of a new service account that may do this in its namespace, and nothing elsewhere. */
async function accountWith(namespace: Namespace, rules: readonly object[]): Promise<string> {
  const { name } = namespace;
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}`;
  const account = `/api/v1/namespaces/${name}/serviceaccounts`;
  await stack.api.post(account, { metadata: { name: 'operator' } });
  await stack.api.post(`${roles}/roles`, { metadata: { name: 'operator' }, rules });
  await stack.api.post(`${roles}/rolebindings`, {
    metadata: { name: 'operator' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'operator' },
    subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: name }],
  });
  const { status } = await stack.api.post<{ status: { token: string } }>(`${account}/operator/token`, {});
  return stack.kubeconfigFor({ ...stack.credentials, token: status.token });
}

describe('doctor, as a service account', () => {
  it('finds a role enough that has just the verbs the operator uses', async () => {
    const namespace = await stack.namespace();
    const kubeconfig = await accountWith(namespace, ALL_RULES);
    const result = await runMain(['doctor'], environment(kubeconfig, database, { WATCH_NAMESPACES: namespace.name }));
    expect(failures(result)).toEqual([]);
    expect(complaints(result)).toEqual(expect.arrayContaining([expect.stringMatching(/^warn {2}definition revision: cannot be read/)]));
    expect(result.code).toBe(0);
  });

  it('names each verb that is missing, with the rule to add', async () => {
    const namespace = await stack.namespace();
    const [jobs, , events] = ALL_RULES;
    const kubeconfig = await accountWith(namespace, [{ ...jobs, verbs: ['get', 'list', 'patch'] }, events ?? {}]);
    const result = await runMain(['doctor'], environment(kubeconfig, database, { WATCH_NAMESPACES: namespace.name }));
    expect(result.code).toBe(1);
    const where = `in namespace ${namespace.name}`;
    const role = `Add to the operator's Role in ${namespace.name}: apiGroups ["wordpress.betaweb.ai"],`;
    expect(failures(result)).toEqual([
      `FAIL  permission on jobs ${where}: watch, delete denied -> ${role} resources ["jobs"], verbs ["watch", "delete"].`,
      `FAIL  permission on jobs/status ${where}: patch denied -> ${role} resources ["jobs/status"], verbs ["patch"].`,
    ]);
  });

  it('asks for the Lease, too, when leaders are to be elected', async () => {
    const namespace = await stack.namespace();
    const kubeconfig = await accountWith(namespace, ALL_RULES);
    const env = { WATCH_NAMESPACES: namespace.name, LEADER_ELECTION: 'true', LEASE_NAMESPACE: namespace.name, LEASE_NAME: 'jobs' };
    const result = await runMain(['doctor'], environment(kubeconfig, database, env));
    expect(failures(result)).toEqual([
      expect.stringMatching(/^FAIL {2}permission on leases in namespace .*: create denied/),
      expect.stringMatching(/^FAIL {2}permission on leases named jobs in namespace .*: get, update denied .*resourceNames \["jobs"\]/),
    ]);
  });
});

describe('doctor, on a cluster that is not well', () => {
  it('tells an API server that is away, and has looked at the database all the same', async () => {
    const kubeconfig = await stack.kubeconfigFor({ ...stack.credentials, url: `https://127.0.0.1:${await freePort()}` });
    const result = await runMain(['doctor'], environment(kubeconfig, database));
    expect(failures(result)).toEqual([expect.stringMatching(/^FAIL {2}cluster: GET \/version: .* -> Check that the API server can be reached/)]);
    expect(result.lines).toEqual(expect.arrayContaining([expect.stringMatching(/^ok {4}database login/)]));
    expect(result.code).toBe(1);
  }, SETUP_TIMEOUT_MS);

  it('tells a kubeconfig that is not there', async () => {
    const result = await runMain(['doctor'], environment('/nonexistent/kubeconfig', database));
    expect(failures(result)).toEqual([expect.stringMatching(/^FAIL {2}cluster: KUBECONFIG: no such file/)]);
  });

  it('tells a definition that is missing, and one that is older than itself', async () => {
    const controlPlane = await stack.ownControlPlane();
    const api = new KubernetesApi(controlPlane.credentials);
    stack.defer(() => api.close());
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/jobs.wordpress.betaweb.ai';
    const doctor = (): Promise<CommandResult> => runMain(['doctor'], environment(controlPlane.kubeconfig, database));

    await api.merge(path, { metadata: { annotations: { 'wordpress.betaweb.ai/crd-revision': '0' } } });
    expect(failures(await doctor())).toEqual([expect.stringMatching(/^FAIL {2}definition revision: 0 is older .* -> Apply crds\/jobs\.yaml/)]);

    await api.delete(path);
    await waitFor(async () => (await api.send('GET', '/apis/wordpress.betaweb.ai/v1alpha1')).status === 404, {
      what: 'the definition to be gone',
      timeoutMs: 30_000,
    });
    const result = await doctor();
    expect(result.code).toBe(1);
    expect(failures(result)).toEqual([
      expect.stringMatching(/^FAIL {2}definition jobs\.wordpress\.betaweb\.ai: .* is not served -> Apply crds\/jobs\.yaml/),
      expect.stringMatching(/^FAIL {2}definition revision: none is installed/),
    ]);
  }, SETUP_TIMEOUT_MS);
});
