import { describe, expect, it } from '@jest/globals';
import { findClusterAccess } from '../../../src/kubernetes/cluster-access.ts';
import { DEFINITION_REVISION } from '../../../src/kubernetes/definition.ts';
import { installedDefinition } from '../../../src/kubernetes/inspection.ts';
import { createTransport } from '../../../src/kubernetes/transport.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack();

describe('the definition in crds/jobs.yaml', () => {
  it('says the revision that this program was built for', async () => {
    const transport = createTransport(await findClusterAccess({ KUBECONFIG: stack.kubeconfig }));
    stack.defer(() => transport.close());
    expect(await installedDefinition(transport)).toEqual({ revision: DEFINITION_REVISION, established: true, servedVersions: ['v1alpha1'] });
  });
});
