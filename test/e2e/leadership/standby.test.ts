import { beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATOR_STOPS_WITHIN_MS } from '../../../dev/operator.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { isLeading, leaseOf, openLeader, openStandby, termsOf, untilLeading, writesOf } from '../support/candidates.ts';
import type { LedScene } from '../support/candidates.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf, probe } from '../support/operator-log.ts';
import type { Scene } from '../support/scene.ts';

/** By the contract about a second; the rest is for a busy machine. A Lease that was not given up lasts for 13 s at least. */
const HANDED_OVER_WITHIN_MS = 10_000;

const stack = useStack();
let leader: LedScene;
let standby: Scene;

beforeAll(async () => {
  leader = await openLeader(stack);
  standby = await openStandby(stack, leader);
}, SETUP_TIMEOUT_MS);

describe('of two processes with LEADER_ELECTION', () => {
  it('one leads, as the Lease and both of their metrics say', async () => {
    expect([await isLeading(leader), await isLeading(standby)]).toEqual([true, false]);
    const { spec } = await leaseOf(stack.api, leader.namespace.name);
    expect(spec.holderIdentity).not.toBe('');
    const isTold = (): Promise<boolean> =>
      Promise.resolve(logOf(standby.operator).some((line) => line.message === 'the Lease has a holder' && 'holder' in line && line.holder === spec.holderIdentity));
    await waitFor(isTold, { what: 'the standby to tell who leads', timeoutMs: 10_000 });
  });

  it('the other is ready and writes nothing at all, while the one does the work', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async (_, index) => rowIdOf(await leader.jobs.create(`job-${index}`, { ttlSecondsAfterFinished: 3_600 }))));
    await untilAllAgree(leader.jobs, leader.rows);
    await Promise.all(ids.slice(0, 10).map((jobId) => leader.rows.complete(jobId)));
    await leader.jobs.patch('job-19', { spec: { cancel: true } });
    await leader.jobs.delete('job-18');
    await leader.jobs.untilGone('job-18');
    await leader.jobs.untilPhase('job-19', 'Cancelled');
    await untilAllAgree(leader.jobs, leader.rows);

    expect([await probe(standby.operator, '/healthz'), await probe(standby.operator, '/readyz')]).toEqual([200, 200]);
    const writes = await writesOf(standby);
    expect(writes).toEqual(Object.fromEntries(Object.keys(writes).map((kind) => [kind, 0])));
    expect((await writesOf(leader))['PATCH']).toBeGreaterThan(40);
    expect((await writesOf(leader))['insert']).toBeGreaterThan(0);
  });

  it('the leader hands over at once on SIGTERM, work under way included, and ends with code 0', async () => {
    const creating = Promise.all(Array.from({ length: 60 }, (_, index) => leader.jobs.create(`handed-over-${index}`)));
    await leader.jobs.until('job-0', 'to be there', () => true);
    const ended = leader.operator.service.stop(OPERATOR_STOPS_WITHIN_MS);
    const tookMs = await untilLeading(standby);
    expect(await ended).toBe('code 0');
    expect(tookMs).toBeLessThan(HANDED_OVER_WITHIN_MS);
    expect(termsOf(leader)).toEqual(['this process leads', 'this process leads no longer']);
    expect((await leaseOf(stack.api, leader.namespace.name)).spec.leaseTransitions).toBeGreaterThan(0);

    await creating;
    expect(await untilAllAgree(leader.jobs, leader.rows)).toHaveLength(79);
    expect(await leader.audit.violations()).toEqual([]);
  });
});
