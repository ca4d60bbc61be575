import { beforeAll, describe, expect, it } from '@jest/globals';
import { createServiceAccount, JOB_RULES, LEASE_RULE } from '../../support/service-account.ts';
import type { ServiceAccount } from '../../support/service-account.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { envOf, isLeading, termsOf, untilLeading } from '../support/candidates.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();
let account: ServiceAccount;
let scene: Scene;

beforeAll(async () => {
  const namespace = await stack.namespace();
  account = await createServiceAccount(stack, namespace, JOB_RULES);
  scene = await openScene(stack, { namespace, cluster: { api: stack.api, kubeconfig: account.kubeconfig }, env: envOf(namespace.name) });
}, SETUP_TIMEOUT_MS);

describe('an operator that may not touch Leases', () => {
  it('says so, does not lead, and lives', async () => {
    const message = 'the Lease could not be read or written';
    const line = await waitFor(() => logOf(scene.operator).find((one) => one.message === message), { what: 'a line about the Lease', timeoutMs: 10_000 });
    expect(line).toMatchObject({ level: 'warn', error: { code: 'API_FORBIDDEN', message: expect.stringMatching(/leases.* is forbidden/) } });
    const job = await scene.jobs.create('waits');
    // Several attempts later.
    await waitFor(() => logOf(scene.operator).filter((one) => one.message === message).length > 2, { what: 'more attempts', timeoutMs: 20_000 });
    expect(await isLeading(scene)).toBe(false);
    expect([await probe(scene.operator, '/healthz'), await probe(scene.operator, '/readyz')]).toEqual([200, 200]);
    expect((await scene.jobs.get('waits')).metadata.resourceVersion).toBe(job.metadata.resourceVersion);
    expect(await scene.rows.count()).toBe(0);
  });

  it('leads as soon as it may', async () => {
    await account.allow([...JOB_RULES, LEASE_RULE]);
    await untilLeading(scene);
    await untilAllAgree(scene.jobs, scene.rows);
    expect(await scene.rows.count()).toBe(1);
    expect(termsOf(scene)).toEqual(['this process leads']);
  });
});
