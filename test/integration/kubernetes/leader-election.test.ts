import { beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/engine/clock.ts';
import { LeaderElector } from '../../../src/engine/leader-election.ts';
import type { LeaderElectionTrouble, LeaderElectorOptions } from '../../../src/engine/leader-election.ts';
import { LeaseLapsed } from '../../../src/engine/leadership-term.ts';
import { newHolderIdentity } from '../../../src/engine/lease.ts';
import { createLeaseClient } from '../../../src/kubernetes/lease-client.ts';
import type { StoredLease } from '../../../src/kubernetes/lease-client.ts';
import type { Transport } from '../../../src/kubernetes/transport.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { transportOn } from './clients.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const stack = useStack();
let namespace: Namespace;

beforeAll(async () => {
  namespace = await stack.namespace();
}, SETUP_TIMEOUT_MS);

type Times = Pick<LeaderElectorOptions<StoredLease>, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>;

/** A fifth of the real ones, so that a Lease can be seen to expire. */
const SHORT: Times = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 400 };

interface Candidate {
  readonly elector: LeaderElector<StoredLease>;
  readonly troubles: LeaderElectionTrouble[];
  /** When its first term began and ended, by the clock all candidates share; milliseconds. */
  began(): number | undefined;
  ended(): number | undefined;
  reason(): unknown;
  /** Whom it last saw hold the Lease. */
  holder(): string | undefined;
  stop(): Promise<void>;
}

function stand(transport: Transport, name: string, times: Times = {}): Candidate {
  const troubles: LeaderElectionTrouble[] = [];
  const abort = new AbortController();
  let began: number | undefined;
  let ended: number | undefined;
  let reason: unknown;
  let holder: string | undefined;
  const elector = new LeaderElector({
    store: createLeaseClient(transport, { namespace: namespace.name, name }),
    identity: newHolderIdentity('test'),
    clock: systemClock,
    observer: { leading: () => undefined },
    onTrouble: (trouble) => troubles.push(trouble),
    onHolder: (seen) => (holder = seen),
    ...times,
  });
  const running = elector.run(abort.signal, async (term) => {
    began ??= performance.now();
    await new Promise<void>((resolve) => {
      term.addEventListener('abort', () => resolve(), { once: true });
    });
    ended ??= performance.now();
    reason ??= term.reason;
  });
  const stop = async (): Promise<void> => {
    abort.abort(new Error('the test is over'));
    await running;
  };
  stack.defer(stop);
  return { elector, troubles, began: () => began, ended: () => ended, reason: () => reason, holder: () => holder, stop };
}

/** By the contract about a second; a Lease that was not given up lasts for 13 s at least. */
const HANDED_OVER_WITHIN_MS = 8_000;

const toLead = (candidate: Candidate, timeoutMs: number): Promise<boolean> =>
  waitFor(async () => candidate.elector.isLeading(), { what: 'the candidate to lead', timeoutMs, intervalMs: 10 });

describe('leader election on the API server', () => {
  it('has one winner among five who begin at once', async () => {
    const transports = await Promise.all(Array.from({ length: 5 }, () => transportOn(stack)));
    const five = transports.map((transport) => stand(transport, 'race'));
    await waitFor(async () => five.some(({ elector }) => elector.isLeading()), { what: 'a leader', timeoutMs: 10_000, intervalMs: 10 });
    // Every loser looks at least once more in this time.
    await systemClock.sleep(1_500);
    expect(five.filter((candidate) => candidate.began() !== undefined)).toHaveLength(1);
    expect(five.flatMap(({ troubles }) => troubles)).toEqual([]);
  });

  it('hands over when the leader stops, with the default times, and not when the Lease expires', async () => {
    const first = stand(await transportOn(stack), 'hand-over');
    await toLead(first, 10_000);
    const second = stand(await transportOn(stack), 'hand-over');
    await waitFor(async () => second.holder() !== undefined, { what: 'the standby to see the leader', timeoutMs: 5_000, intervalMs: 10 });
    const stopped = performance.now();
    await first.stop();
    await toLead(second, 10_000);
    expect((second.began() ?? Infinity) - stopped).toBeLessThan(HANDED_OVER_WITHIN_MS);
    expect(second.began()).toBeGreaterThanOrEqual(first.ended() ?? Infinity);
  });

  it('ends the term of a leader whose connection went dead without a word, before another begins', async () => {
    const { hostname, port } = new URL(stack.credentials.url);
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    stack.defer(() => proxy.stop());
    const first = stand(await transportOn(stack, {}, { server: `https://127.0.0.1:${proxy.port}` }), 'dead', SHORT);
    await toLead(first, 10_000);
    const second = stand(await transportOn(stack), 'dead', SHORT);
    // New connections go dead as well, until the other leads.
    const dead = setInterval(() => proxy.freeze(), 5);
    try {
      await toLead(second, 15_000);
    } finally {
      clearInterval(dead);
    }
    expect(first.reason()).toBeInstanceOf(LeaseLapsed);
    expect(first.ended()).toBeLessThan(second.began() ?? 0);
    expect(first.troubles.some(({ during }) => during === 'renew')).toBe(true);
    expect(second.troubles).toEqual([]);
  });
});
