import { beforeAll, describe, expect, it } from '@jest/globals';
import { labelFlood } from '../../../dev/overload/label-flood.ts';
import type { LabelFloodFigures } from '../../../dev/overload/label-flood.ts';
import { useStack } from '../../support/stack.ts';
import { openArena, SCENE_TIMEOUT_MS } from './support/arena.ts';

const stack = useStack();

describe('labels that somebody changes a hundred times a second', () => {
  let figures: LabelFloodFigures;

  beforeAll(async () => {
    figures = await labelFlood(await openArena(stack), { jobs: 300, changesPerSecond: 100, finishedPerSecond: 10, stretchMs: 5_000 });
  }, SCENE_TIMEOUT_MS);

  it('cause no reconcile and no write', () => {
    const { effort, changes } = figures.alone;
    expect(changes).toBeGreaterThan(20);
    expect([effort.reconciles, effort.statusWrites, [...effort.writes]]).toEqual([0, 0, []]);
  });

  it('do not hold up Jobs that finish', () => {
    const { calm, meanwhile } = figures;
    expect(meanwhile.p50).toBeLessThan(Math.max(2_000, 5 * calm.p50));
  });
});
