import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { isLeading, LEADS, LEADS_NO_LONGER, leaseOf, openLeader, termsOf, untilLeading } from '../support/candidates.ts';
import type { LedScene } from '../support/candidates.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { openOwnCluster } from '../support/own-cluster.ts';
import type { OwnCluster } from '../support/own-cluster.ts';

const RENEW_DEADLINE_MS = 10_000;
/** What others wait for. */
const LOST_WITHIN_MS = 15_000;
/** Its own back-off would let the watch wait for up to 26 s after such an outage. */
const WATCHED_AGAIN_WITHIN_MS = 20_000;

const stack = useStack();
let cluster: OwnCluster;
let leader: LedScene;

beforeAll(async () => {
  cluster = await openOwnCluster(stack);
  leader = await openLeader(stack, { cluster, namespace: cluster.namespace });
}, SETUP_TIMEOUT_MS);

describe('an API server that is away for longer than the Lease lasts', () => {
  it('ends the term, not the process: it is alive, does nothing, leads again by itself, and has missed nothing', async () => {
    const jobId = rowIdOf(await leader.jobs.create('completes'));
    await untilAllAgree(leader.jobs, leader.rows);
    const { pid } = leader.operator.service;
    const lastLook = (): Promise<number> => leader.metrics.sum('jobs_operator_feed_last_success_timestamp_seconds');

    const { spec } = await leaseOf(cluster.api, cluster.namespace.name);
    await cluster.controlPlane.apiServer.kill('SIGKILL');
    const killedAt = performance.now();
    await waitFor(async () => !(await isLeading(leader)), { what: 'the leader to give up', timeoutMs: LOST_WITHIN_MS });
    // From before its last renewal was sent.
    expect(Date.now() - Date.parse(spec.renewTime)).toBeGreaterThan(RENEW_DEADLINE_MS - 100);
    expect(termsOf(leader)).toEqual([LEADS, LEADS_NO_LONGER]);

    // Its loops have stopped: the feed, with 20 looks a second, looks no more.
    const workers = (): Promise<number> => leader.metrics.sum('controller_runtime_active_workers');
    await waitFor(async () => (await workers()) === 0, { what: 'the workers to stop', timeoutMs: 5_000 });
    await leader.rows.complete(jobId);
    const look = await lastLook();
    const still = async (): Promise<boolean> => performance.now() - killedAt > 16_000 && (await probe(leader.operator, '/healthz')) === 200;
    await waitFor(still, { what: 'the Lease to expire', timeoutMs: 20_000, intervalMs: 200 });
    expect(await lastLook()).toBe(look);
    expect(leader.operator.service.pid).toBe(pid);
    // An outage is told, and not at every attempt.
    const told = logOf(leader.operator).filter(({ message }) => message === 'the Lease could not be read or written');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(10);

    await cluster.controlPlane.apiServer.start();
    await untilLeading(leader);
    await leader.jobs.untilPhase('completes', 'Completed');
    await leader.jobs.create('after');
    expect(await untilAllAgree(leader.jobs, leader.rows, WATCHED_AGAIN_WITHIN_MS)).toHaveLength(2);
    expect(leader.operator.service.pid).toBe(pid);
    expect(await leader.audit.violations()).toEqual([]);
  }, SETUP_TIMEOUT_MS);
});
