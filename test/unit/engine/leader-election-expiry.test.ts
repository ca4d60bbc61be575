import { beforeEach, describe, expect, it } from '@jest/globals';
import type { LeaseRecord } from '../../../src/engine/lease.ts';
import { harness } from './leader-election-harness.ts';
import type { Harness } from './leader-election-harness.ts';

let h: Harness;

beforeEach(() => {
  h = harness();
});

const held = (parts: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holderIdentity: 'other',
  leaseDurationSeconds: 15,
  acquireTime: '2026-01-01T00:00:00.000000Z',
  renewTime: '2026-01-01T00:00:00.000000Z',
  leaseTransitions: 0,
  ...parts,
});

/** Milliseconds until the candidate leads, looked at every 100. */
async function untilElected(): Promise<number> {
  const a = h.candidate('a', { standbyPollMs: 100 });
  await h.clock.settle();
  for (let ms = 0; ms <= 120_000; ms += 100) {
    if (a.elector.isLeading()) return ms;
    await h.clock.advance(100);
  }
  throw new Error('it was never elected');
}

describe("another's Lease", () => {
  it('counts for its duration from when it was first seen, however long ago its renewTime says', async () => {
    h.server.put(held({ renewTime: '1999-01-01T00:00:00.000000Z' }));
    expect(await untilElected()).toBe(15_000);
  });

  it('counts no longer when its holder has a clock that is years ahead', async () => {
    h.server.put(held({ renewTime: '2099-01-01T00:00:00.000000Z' }));
    expect(await untilElected()).toBe(15_000);
  });

  it('counts anew from each change that is seen, also when its times went back', async () => {
    h.server.put(held());
    h.clock.setTimer(10_000, () => h.server.edit({ renewTime: '1999-01-01T00:00:00.000000Z' }));
    expect(await untilElected()).toBe(25_000);
  });

  it('does not count anew for being written without a change, as by a label', async () => {
    h.server.put(held());
    h.clock.setTimer(10_000, () => h.server.edit({}));
    expect(await untilElected()).toBe(15_000);
  });

  it('counts for as long as it says itself', async () => {
    h.server.put(held({ leaseDurationSeconds: 40 }));
    expect(await untilElected()).toBe(40_000);
  });

  it('counts for our own duration when it says none', async () => {
    h.server.put(held({ leaseDurationSeconds: undefined }));
    expect(await untilElected()).toBe(15_000);
  });

  it('is not judged by a wall clock that jumps', async () => {
    h.server.put(held());
    h.clock.setTimer(5_000, () => h.clock.setWall(h.clock.now() + 3_600_000));
    expect(await untilElected()).toBe(15_000);
  });
});

describe("a leader's wall clock", () => {
  it('that is put back, or a little forward, costs it nothing', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    h.clock.setWall(h.clock.now() - 3_600_000);
    await h.clock.advance(5_000);
    h.clock.setWall(h.clock.now() + 5_000);
    await h.clock.advance(5_000);
    expect(a.elector.isLeading()).toBe(true);
    expect(a.terms).toHaveLength(1);
  });
});
