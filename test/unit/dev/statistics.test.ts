import { describe, expect, it } from '@jest/globals';
import { mean, quantile, spreadOf } from '../../../dev/statistics.ts';

describe('the numbers that stand for many', () => {
  it.each([
    { values: [3, 1, 2], share: 0.5, is: 2 },
    { values: [4, 1, 3, 2], share: 0.5, is: 2.5 },
    { values: [10, 20], share: 0.99, is: 19.9 },
    { values: [7], share: 0.99, is: 7 },
    { values: [1, 2, 3, 100], share: 1, is: 100 },
  ])('of $values, $is is at $share', ({ values, share, is }) => {
    expect(quantile(values, share)).toBeCloseTo(is, 10);
  });

  it('do not change what they are taken from', () => {
    const values = [3, 1, 2];
    expect(spreadOf(values)).toEqual({ median: 2, least: 1, most: 3 });
    expect(values).toEqual([3, 1, 2]);
  });

  it('do not exist without values', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => mean([])).toThrow(RangeError);
  });
});
