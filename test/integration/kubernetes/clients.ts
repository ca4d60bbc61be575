/** The project's own clients on the run's API server; closed after the file's last test. */
import { findClusterAccess } from '../../../src/kubernetes/cluster-access.ts';
import type { ClusterAccess } from '../../../src/kubernetes/cluster-access.ts';
import { createTransport } from '../../../src/kubernetes/transport.ts';
import type { Transport, TransportOptions } from '../../../src/kubernetes/transport.ts';
import type { StatusDraft } from '../../../src/job/status.ts';
import type { TestStack } from '../../support/stack.ts';

export async function transportOn(stack: TestStack, options: TransportOptions = {}, access: Partial<ClusterAccess> = {}): Promise<Transport> {
  const transport = createTransport({ ...(await findClusterAccess({ KUBECONFIG: stack.kubeconfig })), ...access }, options);
  stack.defer(() => transport.close());
  return transport;
}

/** A Job's JSON with its payload as text, so that digits survive. */
export function jobText(name: string, payload = '{"site":"a.example"}', metadata = ''): string {
  return `{"apiVersion":"wordpress.betaweb.ai/v1alpha1","kind":"Job","metadata":{"name":"${name}"${metadata}},"spec":{"type":"clone","requestPayload":${payload}}}`;
}

export function statusDraft(draft: Partial<StatusDraft> = {}): StatusDraft {
  return {
    scope: 'whole',
    observedGeneration: 1,
    jobId: 'id-1',
    phase: 'Running',
    progress: 5,
    startedAt: undefined,
    createdAt: undefined,
    completedAt: undefined,
    expiresAt: undefined,
    error: undefined,
    resultDigest: undefined,
    result: undefined,
    conditions: [],
    ...draft,
  };
}
