import { beforeAll, describe, expect, it } from '@jest/globals';
import { backlog } from '../../../dev/overload/backlog.ts';
import type { BacklogFigures } from '../../../dev/overload/backlog.ts';
import { useStack } from '../../support/stack.ts';
import { MB, openArena, SCENE_TIMEOUT_MS } from './support/arena.ts';

const stack = useStack();

describe('fifteen hundred Jobs applied at once, rows of which finish while most still wait', () => {
  let figures: BacklogFigures;

  beforeAll(async () => {
    figures = await backlog(await openArena(stack), { jobs: 1_500, finishedPerSecond: 20 });
  }, SCENE_TIMEOUT_MS);

  it('lose nothing: each has one row, and shows it', () => {
    expect(figures.wrong).toEqual([]);
  });

  it('do not hold up those that finish: these are shown within two seconds, or before most of the others', () => {
    expect(figures.latency.count).toBeGreaterThan(20);
    expect(figures.lateShare).toBeLessThanOrEqual(0.01);
  });

  it('cost two writes to the API server each', () => {
    expect(figures.writesPerWaitingJob).toBeCloseTo(2, 1);
  });

  it('fit into the memory of a small pod', () => {
    expect(figures.operator.peakBytes).toBeLessThan(300 * MB);
  });
});
