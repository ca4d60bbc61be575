import { beforeEach, describe, expect, it } from '@jest/globals';
import { LeaseLapsed } from '../../../src/engine/leadership-term.ts';
import { TermDidNotEnd } from '../../../src/engine/leader-election.ts';
import { harness, lastTerm } from './leader-election-harness.ts';
import type { Harness } from './leader-election-harness.ts';

let h: Harness;

beforeEach(() => {
  h = harness();
});

const away = new Error('no answer');

describe('a leader that cannot renew', () => {
  it('ends its term ten seconds after its last good renewal was sent, and not before', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.fail(away);
    await h.clock.advance(9_999);
    expect(a.elector.isLeading()).toBe(true);
    await h.clock.advance(1);
    expect(a.elector.isLeading()).toBe(false);
    expect(lastTerm(a).signal.reason).toBeInstanceOf(LeaseLapsed);
    expect(a.leading).toEqual([true, false]);
  });

  it('ends its term as well when the requests hang', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.hang();
    await h.clock.advance(10_000);
    expect(lastTerm(a).signal.aborted).toBe(true);
  });

  it('is a candidate again, and leads when the API server is back', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.fail(away);
    await h.clock.advance(30_000);
    a.client.fail(undefined);
    await h.clock.advance(5_000);
    expect(a.terms).toHaveLength(2);
    expect(a.elector.isLeading()).toBe(true);
  });

  it('is followed by another only after the Lease has lasted since that one saw it change', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    const b = h.candidate('b');
    await h.clock.settle();
    a.client.fail(away);
    await h.clock.advance(14_999);
    expect(b.terms).toHaveLength(0);
    expect(a.elector.isLeading()).toBe(false);
    await h.clock.advance(3_000);
    expect(b.elector.isLeading()).toBe(true);
    expect(h.server.record).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });
});

describe('a leader whose Lease another took', () => {
  it('ends its term at its next renewal', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    h.server.edit({ holderIdentity: 'thief' });
    await h.clock.advance(2_000);
    expect(a.elector.isLeading()).toBe(false);
    expect(lastTerm(a).signal.aborted).toBe(true);
  });

  it('does not take it back while the other keeps it', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    h.server.edit({ holderIdentity: 'thief' });
    await h.clock.advance(10_000);
    expect(a.terms).toHaveLength(1);
    expect(h.server.record.holderIdentity).toBe('thief');
  });
});

describe('a leader that slept', () => {
  it('knows on waking, before any timer of it has fired, that it leads no longer', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    const { signal } = lastTerm(a);
    h.clock.oversleep(20_000);
    expect(signal.aborted).toBe(false);
    expect(a.elector.isLeading()).toBe(false);
    expect(signal.aborted).toBe(true);
  });

  it('knows it also where the monotonic clock stood still and only the wall clock went on', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    h.clock.setWall(h.clock.now() + 20_000);
    expect(a.elector.isLeading()).toBe(false);
  });

  it('renews nothing on waking: it is a candidate again, who reads the Lease first', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.requests.length = 0;
    h.clock.oversleep(20_000);
    await h.clock.settle();
    await h.clock.advance(0);
    expect(a.client.requests[0]).toBe('get');
    expect(a.terms).toHaveLength(2);
  });
});

describe('a leader that is asked to stop', () => {
  it('finishes its work, keeps renewing meanwhile, and then gives the Lease up', async () => {
    const a = h.candidate('a', { obedient: false });
    await h.clock.settle();
    a.stop();
    await h.clock.advance(6_000);
    expect(a.elector.isLeading()).toBe(true);
    expect(h.server.record.renewTime).toBe('2026-01-01T00:00:06.000000Z');
    lastTerm(a).end();
    await a.running;
    expect(h.server.record.holderIdentity).toBe('');
  });

  it('is followed within a second', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    const b = h.candidate('b');
    await h.clock.settle();
    a.stop();
    await a.running;
    await h.clock.advance(1_000);
    expect(b.elector.isLeading()).toBe(true);
  });

  it('does not wait for an API server that is away', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.hang();
    a.stop();
    await h.clock.advance(3_000);
    await a.running;
    expect(h.server.record.holderIdentity).toBe('a');
  });

  it('leaves the Lease to expire when its work does not end: nobody else may begin before', async () => {
    const a = h.candidate('a', { obedient: false });
    await h.clock.settle();
    a.stop();
    await h.clock.advance(20_000);
    await expect(a.running).rejects.toBeInstanceOf(TermDidNotEnd);
    expect(h.server.record.holderIdentity).toBe('a');
  });
});
