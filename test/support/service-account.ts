/** An operator's identity with just these permissions, as a deployment would give it one. */

import type { TestStack } from './stack.ts';
import type { Namespace } from './namespace.ts';

/** What the operator does, by contract and by its manifests, without the Lease. */
export const JOB_RULES: readonly object[] = [
  { apiGroups: ['wordpress.betaweb.ai'], resources: ['jobs'], verbs: ['get', 'list', 'watch', 'patch', 'delete'] },
  { apiGroups: ['wordpress.betaweb.ai'], resources: ['jobs/status'], verbs: ['patch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
];

export const LEASE_RULE: object = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] };

export interface ServiceAccount {
  /** Path of a kubeconfig file. */
  readonly kubeconfig: string;
  /** Replaces what it may do. */
  allow(rules: readonly object[]): Promise<void>;
}

/** A service account that may do this in its namespace, and nothing elsewhere; one per namespace. */
export async function createServiceAccount(stack: TestStack, namespace: Namespace, rules: readonly object[]): Promise<ServiceAccount> {
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
  return {
    kubeconfig: await stack.kubeconfigFor({ ...stack.credentials, token: status.token }),
    async allow(others) {
      await stack.api.merge(`${roles}/roles/operator`, { rules: others });
    },
  };
}
