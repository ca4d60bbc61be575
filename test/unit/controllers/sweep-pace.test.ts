import { describe, expect, it } from '@jest/globals';
import { SweepPace } from '../../../src/controllers/sweep-pace.ts';

describe('the pace of the sweep', () => {
  it('begins with as much at a time as it may, and stays there while that is quick', () => {
    const pace = new SweepPace(500);
    for (let removal = 0; removal < 10; removal += 1) pace.removed(20);
    expect(pace.size).toBe(500);
  });

  it('takes half as much after a removal that was slow, down to a limit', () => {
    const pace = new SweepPace(500);
    const sizes = Array.from({ length: 6 }, () => {
      pace.removed(300);
      return pace.size;
    });
    expect(sizes).toEqual([250, 125, 62, 50, 50, 50]);
  });

  it('grows back bit by bit', () => {
    const pace = new SweepPace(500);
    pace.removed(300);
    const sizes = Array.from({ length: 5 }, () => {
      pace.removed(20);
      return pace.size;
    });
    expect(sizes).toEqual([313, 392, 490, 500, 500]);
  });

  it('never takes more than it may, however little that is', () => {
    const pace = new SweepPace(10);
    pace.removed(300);
    pace.removed(300);
    expect(pace.size).toBe(10);
  });

  it('rests as long as a removal took, and after a very long one not as long again', () => {
    const pace = new SweepPace(500);
    expect([0, 12, 400, 5_000].map((ms) => pace.removed(ms))).toEqual([0, 12, 400, 1_000]);
  });
});
