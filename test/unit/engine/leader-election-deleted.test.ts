import { beforeEach, describe, expect, it } from '@jest/globals';
import { harness } from './leader-election-harness.ts';
import type { Harness } from './leader-election-harness.ts';

let h: Harness;

beforeEach(() => {
  h = harness();
});

describe('a Lease that is deleted by hand', () => {
  it('is made anew by its holder with the next renewal, in the same term', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    h.server.delete();
    await h.clock.advance(2_000);
    expect(h.server.record).toMatchObject({ holderIdentity: 'a', acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 });
    expect(a.terms).toHaveLength(1);
    expect(a.troubles).toEqual([]);
  });

  it('does not make a standby lead beside its holder', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    const b = h.candidate('b', { standbyPollMs: 100 });
    await h.clock.settle();
    h.server.delete();
    await h.clock.advance(10_000);
    expect(b.terms).toHaveLength(0);
    expect(a.elector.isLeading()).toBe(true);
    expect(h.server.record.holderIdentity).toBe('a');
  });

  it('goes to a standby when its holder is dead, after its time', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    const b = h.candidate('b', { standbyPollMs: 100 });
    await h.clock.settle();
    a.client.hang();
    h.server.delete();
    await h.clock.advance(14_900);
    expect(b.terms).toHaveLength(0);
    await h.clock.advance(100);
    expect(b.elector.isLeading()).toBe(true);
  });

  it('goes at once to a process that never saw a holder', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.hang();
    h.server.delete();
    const c = h.candidate('c');
    await h.clock.settle();
    expect(c.elector.isLeading()).toBe(true);
  });
});

describe('a Lease whose holder is cleared by hand', () => {
  it('ends the term: somebody else may have led in between', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    h.server.edit({ holderIdentity: '' });
    await h.clock.advance(2_000);
    expect(a.terms[0]?.signal.aborted).toBe(true);
    expect(a.terms).toHaveLength(2);
    expect(h.server.record).toMatchObject({ holderIdentity: 'a', leaseTransitions: 1 });
  });
});
