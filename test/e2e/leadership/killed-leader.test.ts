import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { isLeading, leaseOf, openLeader, openStandby, untilLeading } from '../support/candidates.ts';
import type { LedScene } from '../support/candidates.ts';
import type { Scene } from '../support/scene.ts';

/** So many that some are left, however late the first row is noticed. */
const JOBS = 300;
/** Nobody may lead before the Lease of the dead has expired, by the clock of whoever watches it. */
const LEASE_LASTS_MS = 15_000;

const stack = useStack();
let leader: LedScene;
let standby: Scene;

beforeAll(async () => {
  leader = await openLeader(stack);
  standby = await openStandby(stack, leader);
}, SETUP_TIMEOUT_MS);

describe('a leader that is killed in the middle of its work', () => {
  it('is succeeded when its Lease has expired, and what it began is finished', async () => {
    const creating = Promise.all(Array.from({ length: JOBS }, (_, index) => leader.jobs.create(`job-${index}`)));
    await waitFor(async () => (await leader.rows.count()) > 0, { what: 'the first row', timeoutMs: 10_000, intervalMs: 2 });
    await leader.operator.service.kill('SIGKILL');
    const { spec } = await leaseOf(stack.api, leader.namespace.name);
    await creating;
    const left = await leader.jobs.list();
    expect(left.filter(({ status }) => status.phase === undefined).length).toBeGreaterThan(0);

    await untilLeading(standby);
    // The dead renewed it no more.
    expect(Date.now() - Date.parse(spec.renewTime)).toBeGreaterThan(LEASE_LASTS_MS - 100);
    expect((await leaseOf(stack.api, leader.namespace.name)).spec.leaseTransitions).toBe(1);
    expect(await untilAllAgree(leader.jobs, leader.rows)).toHaveLength(JOBS);
    expect(await leader.rows.count()).toBe(JOBS);
    expect(await leader.audit.violations()).toEqual([]);
  }, SETUP_TIMEOUT_MS);

  it('comes back as a standby', async () => {
    await leader.operator.service.start();
    expect([await isLeading(leader), await isLeading(standby)]).toEqual([false, true]);
  });
});
