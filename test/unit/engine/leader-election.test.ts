import { beforeEach, describe, expect, it } from '@jest/globals';
import { LeaderElector } from '../../../src/engine/leader-election.ts';
import type { LeaderElectorOptions } from '../../../src/engine/leader-election.ts';
import { newHolderIdentity } from '../../../src/engine/lease.ts';
import type { Lease } from '../../../src/engine/lease.ts';
import { harness, lastTerm } from './leader-election-harness.ts';
import type { Harness } from './leader-election-harness.ts';

let h: Harness;

beforeEach(() => {
  h = harness();
});

describe('a candidate', () => {
  it('makes the Lease where there is none, and leads', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    expect(h.server.record).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    expect(a.elector.isLeading()).toBe(true);
    expect(a.terms).toHaveLength(1);
    expect(a.leading).toEqual([true]);
    expect(a.holders).toEqual(['a']);
  });

  it('takes a Lease without a holder at once, and counts the transition', async () => {
    h.server.put({ holderIdentity: '', leaseDurationSeconds: 1, acquireTime: 'then', renewTime: 'then', leaseTransitions: 4 });
    const a = h.candidate('a');
    await h.clock.settle();
    expect(a.elector.isLeading()).toBe(true);
    expect(h.server.record).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 5, acquireTime: '2026-01-01T00:00:00.000000Z' });
  });

  it('goes on with a Lease that still has its name: same acquireTime, no transition', async () => {
    h.server.put({ holderIdentity: 'a', leaseDurationSeconds: 15, acquireTime: 'then', renewTime: 'then', leaseTransitions: 4 });
    const a = h.candidate('a');
    await h.clock.settle();
    expect(a.elector.isLeading()).toBe(true);
    expect(h.server.record).toMatchObject({ holderIdentity: 'a', leaseTransitions: 4, acquireTime: 'then' });
  });

  it('is one of five, and only one of them leads', async () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((identity) => h.candidate(identity));
    await h.clock.advance(60_000);
    expect(five.filter(({ elector }) => elector.isLeading())).toHaveLength(1);
    expect(five.flatMap(({ terms }) => terms)).toHaveLength(1);
    expect(h.server.record.leaseTransitions).toBe(0);
  });

  it('says what keeps it from leading, once for each attempt, and leads as soon as it may', async () => {
    const forbidden = new Error('leases is forbidden');
    const a = h.candidate('a', { random: () => 0.5 });
    a.client.fail(forbidden);
    await h.clock.settle();
    await h.clock.advance(6_400);
    expect(a.troubles).toEqual([1, 2, 3].map((attempt) => ({ during: 'acquire', error: forbidden, attempt, delayMs: 3_200 })));
    a.client.fail(undefined);
    await h.clock.advance(3_200);
    expect(a.elector.isLeading()).toBe(true);
  });

  it('refuses to run twice at the same time', async () => {
    const a = h.candidate('a');
    await expect(a.elector.run(new AbortController().signal, async () => undefined)).rejects.toThrow('running already');
  });
});

describe('a leader', () => {
  it('renews every two seconds with one write and no read, and keeps acquireTime and transitions', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.requests.length = 0;
    await h.clock.advance(10_000);
    expect(a.client.requests).toEqual(['update', 'update', 'update', 'update', 'update']);
    expect(h.server.record).toMatchObject({ acquireTime: '2026-01-01T00:00:00.000000Z', renewTime: '2026-01-01T00:00:10.000000Z', leaseTransitions: 0 });
    expect(a.terms).toHaveLength(1);
  });

  it('goes on when somebody only labelled its Lease', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    h.server.edit({});
    await h.clock.advance(2_000);
    expect(h.server.record.renewTime).toBe('2026-01-01T00:00:02.000000Z');
    expect(a.troubles).toEqual([]);
    expect(a.elector.isLeading()).toBe(true);
  });

  it('whose work ends by itself gives the Lease up, and stands again after a pause', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    lastTerm(a).end();
    await h.clock.settle();
    expect(h.server.record.holderIdentity).toBe('');
    expect(a.elector.isLeading()).toBe(false);
    await h.clock.advance(1_999);
    expect(a.terms).toHaveLength(1);
    await h.clock.advance(1);
    expect(a.terms).toHaveLength(2);
  });

  it('whose work fails gives the Lease up, and the run fails with it', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    lastTerm(a).fail(new Error('no table'));
    await expect(a.running).rejects.toThrow('no table');
    expect(h.server.record.holderIdentity).toBe('');
    expect(a.leading).toEqual([true, false]);
    expect(h.clock.timers).toBe(0);
  });

  it('knows its own terms: the signal of an old one leads no more', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    const old = lastTerm(a);
    old.end();
    await h.clock.advance(2_000);
    expect(a.elector.isLeading(lastTerm(a).signal)).toBe(true);
    expect(a.elector.isLeading(old.signal)).toBe(false);
  });
});

function make(options: Partial<LeaderElectorOptions<Lease>>): LeaderElector {
  return new LeaderElector({ store: h.server.client(), identity: 'a', clock: h.clock, observer: { leading: () => undefined }, onTrouble: () => undefined, ...options });
}

describe('an elector', () => {
  it.each([
    ['no identity', { identity: '' }],
    ['a lease no longer than the renew deadline', { leaseDurationMs: 10_000 }],
    ['a lease of broken seconds', { leaseDurationMs: 15_500 }],
    ['a renew deadline that a jittered retry outlasts', { renewDeadlineMs: 2_400 }],
  ])('refuses %s', (_, options) => {
    expect(() => make(options)).toThrow(RangeError);
  });

  it('has an identity of its own in each process of a host', () => {
    expect(newHolderIdentity('pod-1')).toMatch(/^pod-1_[0-9a-f-]{36}$/);
    expect(newHolderIdentity('pod-1')).not.toBe(newHolderIdentity('pod-1'));
  });
});
