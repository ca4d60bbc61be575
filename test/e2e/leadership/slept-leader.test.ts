import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATOR_STOPS_WITHIN_MS } from '../../../dev/operator.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { isLeading, LEADS, LEADS_NO_LONGER, leaseOf, openLeader, openStandby, termsOf, untilLeading, writesOf } from '../support/candidates.ts';
import type { LedScene } from '../support/candidates.ts';
import { rowIdOf } from '../support/jobs.ts';
import { probe } from '../support/operator-log.ts';
import type { Scene } from '../support/scene.ts';
import { settled } from '../support/settled.ts';

const SLEEP_MS = 20_000;
/** Long enough for a candidate to look at the Lease several times, and for a leader to have found all there is to do. */
const AWAKE_MS = 3_000;

const stack = useStack();
let leader: LedScene;
let standby: Scene;

beforeAll(async () => {
  leader = await openLeader(stack);
  standby = await openStandby(stack, leader);
}, SETUP_TIMEOUT_MS);

describe('a leader that sleeps for 20 s while another one leads', () => {
  it('wakes as a candidate, and writes nothing', async () => {
    const ids = await Promise.all(['runs', 'waits', 'is-cancelled'].map(async (name) => rowIdOf(await leader.jobs.create(name))));
    await untilAllAgree(leader.jobs, leader.rows);
    await waitFor(async () => (await leader.metrics.sum('controller_runtime_active_workers')) === 0, { what: 'the leader to be idle', timeoutMs: 10_000 });
    // Accepted: three Events, which are sent without haste.
    await Promise.all(['runs', 'waits', 'is-cancelled'].map((name) => leader.jobs.reasonsUntil(name, 'Accepted')));
    const before = await settled(() => writesOf(leader));
    const asleepAt = performance.now();
    await leader.operator.service.kill('SIGSTOP');

    await untilLeading(standby);
    await leader.rows.progress(ids[0] ?? '', 50);
    await leader.jobs.untilPhase('runs', 'Running');
    await leader.jobs.patch('is-cancelled', { spec: { cancel: true } });
    await leader.jobs.create('new');
    await untilAllAgree(leader.jobs, leader.rows);
    await sleep(Math.max(0, SLEEP_MS - (performance.now() - asleepAt)));
    const resourceVersions = async (): Promise<object> => (await leader.jobs.list()).map(({ metadata }) => metadata.resourceVersion);
    const versions = await resourceVersions();
    await leader.operator.service.kill('SIGCONT');

    await waitFor(async () => !(await isLeading(leader)), { what: 'the sleeper to know', timeoutMs: 10_000 });
    expect(termsOf(leader)).toEqual([LEADS, LEADS_NO_LONGER]);
    // Nothing tells that nothing will happen: this wait is the test.
    await sleep(AWAKE_MS);
    const { PUT: renewals, ...after } = await writesOf(leader);
    const { PUT: earlierRenewals, ...others } = before;
    expect(after).toEqual(others);
    // The Lease was renewed, if at all, before it fell asleep.
    expect((renewals ?? 0) - (earlierRenewals ?? 0)).toBeLessThanOrEqual(1);
    expect(await resourceVersions()).toEqual(versions);
    expect(await probe(leader.operator, '/readyz')).toBe(200);
    expect(await leader.audit.violations()).toEqual([]);
  }, SETUP_TIMEOUT_MS);

  it('leads again when the other one goes', async () => {
    const transitions = (await leaseOf(stack.api, leader.namespace.name)).spec.leaseTransitions;
    expect(await standby.operator.service.stop(OPERATOR_STOPS_WITHIN_MS)).toBe('code 0');
    await untilLeading(leader);
    expect((await leaseOf(stack.api, leader.namespace.name)).spec.leaseTransitions).toBeGreaterThan(transitions);
    await leader.jobs.create('after-all');
    await untilAllAgree(leader.jobs, leader.rows);
    expect(termsOf(leader)).toEqual([LEADS, LEADS_NO_LONGER, LEADS]);
  });
});
