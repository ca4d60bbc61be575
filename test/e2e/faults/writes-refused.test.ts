import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { rowIdOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const SECRET = 'hunter2';

const stack = useStack();

/** A 422, as from a definition that was changed under the operator, which would be every other test's as well. */
describe('a Job whose status the API server refuses', () => {
  let scene: Scene;
  let policy: string;

  beforeAll(async () => {
    scene = await openScene(stack);
    policy = `no-end.${scene.namespace.name}.example.com`;
    const resourceRules = [{ apiGroups: ['wordpress.betaweb.ai'], apiVersions: ['*'], resources: ['jobs/status'], operations: ['UPDATE'] }];
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': scene.namespace.name } };
    await stack.api.post(POLICIES, {
      metadata: { name: policy },
      spec: { matchConstraints: { namespaceSelector, resourceRules }, validations: [{ expression: "object.status.?phase.orValue('') != 'Completed'" }] },
    });
    stack.defer(async () => {
      for (const path of [BINDINGS, POLICIES]) await stack.api.send('DELETE', `${path}/${policy}`);
    });
    await stack.api.post(BINDINGS, { metadata: { name: policy }, spec: { policyName: policy, validationActions: ['Deny'] } });
    const jobId = rowIdOf(await scene.jobs.create('refused'));
    await scene.jobs.untilPhase('refused', 'Pending');
    // A policy takes a moment to be known.
    const probe = (): Promise<{ status: number }> =>
      stack.api.send('PATCH', `${scene.namespace.jobsPath}/refused/status?dryRun=All`, { contentType: 'application/merge-patch+json', body: { status: { phase: 'Completed' } } });
    await waitFor(async () => (await probe()).status === 422, { what: 'the policy to be in force', timeoutMs: 20_000 });
    await scene.rows.complete(jobId, `{"password": "${SECRET}"}`);
  }, SETUP_TIMEOUT_MS);

  it('says so in an Event, which quotes nothing of it', async () => {
    await scene.jobs.reasonsUntil('refused', 'WriteRefused');
    const told = (await scene.jobs.events('refused')).find(({ reason }) => reason === 'WriteRefused');
    expect(told).toMatchObject({ type: 'Warning', note: expect.stringContaining('/refused/status: 422 Invalid') as unknown });
    expect(told?.note).not.toContain(SECRET);
  });

  it('shows its end once the API server takes it', async () => {
    await stack.api.delete(`${BINDINGS}/${policy}`);
    const job = await scene.jobs.until('refused', 'to be Completed', ({ status }) => status.phase === 'Completed', 45_000);
    expect(job.status.result).toEqual({ password: SECRET });
  }, 60_000);
});
