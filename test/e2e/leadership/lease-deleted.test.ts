import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { isLeading, LEADS, leaseOf, leasePath, openLeader, openStandby, termsOf } from '../support/candidates.ts';
import type { LedScene } from '../support/candidates.ts';
import type { Scene } from '../support/scene.ts';

/** Several renewals of the one, and many looks of the other. */
const WATCHED_MS = 5_000;

const stack = useStack();
let leader: LedScene;
let standby: Scene;

beforeAll(async () => {
  leader = await openLeader(stack);
  standby = await openStandby(stack, leader);
}, SETUP_TIMEOUT_MS);

describe('a Lease that somebody deletes', () => {
  it('is made anew by the one who leads, and makes no second leader', async () => {
    const { namespace } = leader;
    const before = await leaseOf(stack.api, namespace.name);
    for (let deletion = 0; deletion < 3; deletion += 1) {
      const { metadata } = await leaseOf(stack.api, namespace.name);
      await stack.api.delete(leasePath(namespace.name));
      const isAnew = async (): Promise<boolean> => (await leaseOf(stack.api, namespace.name)).metadata.uid !== metadata.uid;
      await waitFor(isAnew, { what: 'the Lease to be made anew', timeoutMs: 10_000 });
    }
    // Nothing tells that nobody else will lead: this wait is the test.
    await sleep(WATCHED_MS);
    const after = await leaseOf(stack.api, namespace.name);
    expect(after.spec.holderIdentity).toBe(before.spec.holderIdentity);
    expect(after.spec.renewTime > before.spec.renewTime).toBe(true);
    expect([await isLeading(leader), await isLeading(standby)]).toEqual([true, false]);
    expect(termsOf(leader)).toEqual([LEADS]);
    expect(termsOf(standby)).toEqual([]);
    await leader.jobs.create('goes-on');
    await untilAllAgree(leader.jobs, leader.rows);
  });
});

describe('a Lease that somebody gives to nobody they know', () => {
  it('ends the term of the leader at once: all loops stop, and one of both leads when that Lease has expired', async () => {
    const { namespace } = leader;
    const given = (seconds: number): Promise<unknown> => stack.api.merge(leasePath(namespace.name), { spec: { holderIdentity: 'somebody-else', leaseDurationSeconds: seconds } });
    await given(600);
    await waitFor(async () => !(await isLeading(leader)), { what: 'the leader to notice', timeoutMs: 20_000, intervalMs: 20 });
    // Nobody works now.
    const { metadata } = await leader.jobs.create('waits');
    expect(await isLeading(standby)).toBe(false);
    expect((await leader.jobs.get('waits')).status.jobId).toBeUndefined();
    await given(1);
    const led = async (): Promise<boolean> => (await isLeading(leader)) !== (await isLeading(standby));
    await waitFor(led, { what: 'one of them to lead', timeoutMs: 20_000 });
    await untilAllAgree(leader.jobs, leader.rows);
    expect(await leader.rows.get(metadata.uid)).toMatchObject({ status: 'pending' });
    expect(await leader.audit.violations()).toEqual([]);
  });
});
