import { beforeAll, describe, expect, it } from '@jest/globals';
import { backlog } from '../../../dev/overload/backlog.ts';
import type { BacklogFigures } from '../../../dev/overload/backlog.ts';
import { useStack } from '../../support/stack.ts';
import { openArena, SCENE_TIMEOUT_MS } from './support/arena.ts';

const stack = useStack();

describe('more payload than is kept in memory, applied while the operator is away', () => {
  let figures: BacklogFigures;

  beforeAll(async () => {
    // 40 MB.
    figures = await backlog(await openArena(stack), { jobs: 160, payloadBytes: 256 * 1024, finishedPerSecond: 5, away: true });
  }, SCENE_TIMEOUT_MS);

  it('is lost nowhere: each Job has one row, and shows it', () => {
    expect(figures.wrong).toEqual([]);
  });
});
