import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { NO_LINE, billOf } from '../support/bill.ts';
import type { Bill } from '../support/bill.ts';
import { FINALIZER, manifest } from '../support/jobs.ts';
import type { Job } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const COUNT = 10;
const GROUP = '/apis/admissionregistration.k8s.io/v1';

async function object(file: string): Promise<{ readonly metadata: object; readonly spec: object }> {
  return load(await readFile(new URL(`../../../manifests/components/finalizer-policy/${file}`, import.meta.url), 'utf8')) as { metadata: object; spec: object };
}

describe('Jobs that the API server gives their finalizer', () => {
  let scene: Scene;
  let bill: Bill;
  const names = Array.from({ length: COUNT }, (_, index) => `job-${index}`);

  /** What the API server would make of it. */
  const tried = (metadata: object = {}): Promise<Job> => stack.api.post(`${scene.namespace.jobsPath}?dryRun=All`, manifest('tried', {}, metadata));

  beforeAll(async () => {
    scene = await openScene(stack);
    const { name } = scene.namespace;
    const policy = await object('policy.yaml');
    const binding = await object('binding.yaml');
    const namespaceSelector = { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [name] }] };
    await stack.api.apply(`${GROUP}/mutatingadmissionpolicies/${name}`, { ...policy, metadata: { name } });
    stack.defer(() => stack.api.delete(`${GROUP}/mutatingadmissionpolicies/${name}`));
    await stack.api.apply(`${GROUP}/mutatingadmissionpolicybindings/${name}`, {
      ...binding,
      metadata: { name },
      spec: { ...binding.spec, policyName: name, matchResources: { namespaceSelector } },
    });
    stack.defer(() => stack.api.delete(`${GROUP}/mutatingadmissionpolicybindings/${name}`));
    await waitFor(async () => (await tried()).metadata.finalizers?.includes(FINALIZER) === true, { what: 'the policy to be in force', timeoutMs: 30_000 });
    bill = await billOf(scene.metrics, NO_LINE, async () => {
      await Promise.all(names.map((job) => scene.jobs.create(job)));
      await Promise.all(names.map((job) => scene.jobs.untilPhase(job, 'Pending')));
    });
  }, SETUP_TIMEOUT_MS);

  it('cost one write, the status, and a look that the row rests on', () => {
    expect(bill.requests).toEqual({ GET: COUNT, PATCH: COUNT, POST: COUNT, PUT: 0, DELETE: 0 });
  });

  it('have one row each', async () => {
    expect(await scene.rows.count()).toBe(COUNT);
  });

  it('keep the finalizers of others, and get theirs once', async () => {
    expect((await tried()).metadata.finalizers).toEqual([FINALIZER]);
    expect((await tried({ finalizers: ['example.com/other'] })).metadata.finalizers).toEqual(['example.com/other', FINALIZER]);
    expect((await tried({ finalizers: [FINALIZER, 'example.com/other'] })).metadata.finalizers).toEqual([FINALIZER, 'example.com/other']);
  });

  it('go like any other', async () => {
    await Promise.all(names.map((job) => scene.jobs.delete(job)));
    await Promise.all(names.map((job) => scene.jobs.untilGone(job)));
    expect((await scene.rows.all()).every(({ status }) => status === 'cancelled')).toBe(true);
  });

  it('are those of the binding alone', async () => {
    const elsewhere = await stack.namespace();
    const job: Job = await stack.api.post(`${elsewhere.jobsPath}?dryRun=All`, manifest('elsewhere'));
    expect(job.metadata.finalizers).toBeUndefined();
  });
});
