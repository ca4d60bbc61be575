import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { installDefinition, JOBS_DEFINITION } from '../../../dev/custom-resource-definition.ts';
import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { jobObject, merge, verdict } from './job-object.ts';

const stack = useStack();
const DEFINITION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/jobs.wordpress.betaweb.ai';
const JOBS = '/apis/wordpress.betaweb.ai/v1alpha1/namespaces/default/jobs';

interface Definition {
  spec: { versions: { schema: { openAPIV3Schema: object } }[] };
}

describe('an object that was stored under an older definition, with values that are not valid any more', () => {
  let api: KubernetesApi;

  beforeAll(async () => {
    const controlPlane = await stack.ownControlPlane();
    api = new KubernetesApi(controlPlane.credentials);
    stack.defer(() => api.close());

    const definition = load(await readFile(JOBS_DEFINITION, 'utf8')) as Definition;
    const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const [version] = definition.spec.versions;
    if (!version) throw new Error('the definition has no version');
    version.schema = { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } };
    // Its printer columns and selectable fields look into the schema.
    definition.spec.versions = [{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} }, schema: version.schema } as typeof version];
    await api.apply(DEFINITION, definition);

    const odd = { type: 'dance', ttlSecondsAfterFinished: -5, ttlPolicy: 'Never', idempotencyKey: 'k'.repeat(300), cancel: true };
    // The definition takes effect a moment after it was accepted.
    await waitFor(async () => (await verdict(api, 'POST', JOBS, jobObject('odd', odd, ['a.example/x', 'b.example/y']))) === 'accepted', {
      what: 'the loose definition to hold',
      timeoutMs: 20_000,
    });
    await installDefinition(api);
    await waitFor(async () => (await verdict(api, 'POST', `${JOBS}?dryRun=All`, jobObject('probe', odd))) !== 'accepted', {
      what: 'the strict definition to hold',
      timeoutMs: 20_000,
    });
  }, SETUP_TIMEOUT_MS);

  it('can still lose a finalizer', async () => {
    expect(await merge(api, `${JOBS}/odd`, { metadata: { finalizers: ['a.example/x'] } })).toBe('accepted');
  });

  it('can still change in what is valid, and show a status', async () => {
    expect(await merge(api, `${JOBS}/odd`, { spec: { deletionPolicy: 'Retain' } })).toBe('accepted');
    expect(await merge(api, `${JOBS}/odd/status`, { status: { phase: 'Pending', observedGeneration: 2 } })).toBe('accepted');
  });

  it('cannot take on new values that are not valid', async () => {
    expect(await merge(api, `${JOBS}/odd`, { spec: { ttlSecondsAfterFinished: -6 } })).toContain('should be greater than or equal to 0');
  });

  it('goes when its last finalizer goes', async () => {
    await api.delete(`${JOBS}/odd`);
    expect(await merge(api, `${JOBS}/odd`, { metadata: { finalizers: [] } })).toBe('accepted');
    expect((await api.send('GET', `${JOBS}/odd`)).status).toBe(404);
  });
});
