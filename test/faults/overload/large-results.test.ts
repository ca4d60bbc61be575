import { beforeAll, describe, expect, it } from '@jest/globals';
import { largeResults } from '../../../dev/overload/large-results.ts';
import type { LargeResultsFigures } from '../../../dev/overload/large-results.ts';
import { useStack } from '../../support/stack.ts';
import { MB, openArena, SCENE_TIMEOUT_MS } from './support/arena.ts';

const stack = useStack();

describe('results of five megabytes that are written again and again', () => {
  let figures: LargeResultsFigures;

  beforeAll(async () => {
    figures = await largeResults(await openArena(stack), { rows: 20, bytes: 5_000_000, updates: 2, others: 400, finishedPerSecond: 10, calmMs: 5_000 });
  }, SCENE_TIMEOUT_MS);

  it('stay in their rows, and their Jobs say so', () => {
    expect(figures.wrong).toEqual([]);
  });

  it('do not hold up other Jobs, unless they hold up the whole database', () => {
    const { calm, meanwhile, database } = figures;
    // A change is found and shown by some ten statements, and a pause that grows with them.
    expect(meanwhile.p50).toBeLessThan(Math.max(2_000, 5 * calm.p50, 10 * database.p99));
  });

  it('are never in the memory of the operator', () => {
    expect(figures.operator.peakBytes).toBeLessThan(300 * MB);
  });
});
