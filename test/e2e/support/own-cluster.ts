/** A cluster of a test file's own, whose API server may be killed, and a namespace in it. */

import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { createNamespace } from '../../support/namespace.ts';
import type { Namespace } from '../../support/namespace.ts';
import type { ControlPlane, TestStack } from '../../support/stack.ts';

export interface OwnCluster {
  readonly controlPlane: ControlPlane;
  readonly api: KubernetesApi;
  readonly kubeconfig: string;
  /** Goes away with the cluster. */
  readonly namespace: Namespace;
}

export async function openOwnCluster(stack: TestStack): Promise<OwnCluster> {
  const controlPlane = await stack.ownControlPlane();
  const api = new KubernetesApi(controlPlane.credentials);
  stack.defer(() => api.close());
  return { controlPlane, api, kubeconfig: controlPlane.kubeconfig, namespace: await createNamespace(api, 'test') };
}
