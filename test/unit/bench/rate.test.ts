import { describe, expect, it } from '@jest/globals';
import { atRate } from '../../../bench/rate.ts';

describe('work at a fixed rate', () => {
  it('is begun in time although what was begun before is not done', async () => {
    const slow = Promise.withResolvers<void>();
    const begun: number[] = [];
    const all = atRate(1_000, 5, (index) => {
      begun.push(index);
      if (index === 4) slow.resolve();
      return slow.promise;
    });
    await all;
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it('is not begun faster than that', async () => {
    const began = performance.now();
    await atRate(100, 6, () => Promise.resolve());
    // Timers fire up to a millisecond early.
    expect(performance.now() - began).toBeGreaterThan(48);
  });

  it('fails with what failed first', async () => {
    await expect(atRate(1_000, 3, (index) => (index === 0 ? Promise.reject(new Error('the first')) : Promise.resolve()))).rejects.toThrow('the first');
  });
});
