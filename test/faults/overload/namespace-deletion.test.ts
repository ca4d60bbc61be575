import { beforeAll, describe, expect, it } from '@jest/globals';
import { namespaceDeletion } from '../../../dev/overload/namespace-deletion.ts';
import type { NamespaceDeletionFigures } from '../../../dev/overload/namespace-deletion.ts';
import { useStack } from '../../support/stack.ts';
import { openArena, SCENE_TIMEOUT_MS } from './support/arena.ts';

const stack = useStack();
const JOBS = 500;

describe('a namespace with five hundred Jobs that is deleted', () => {
  let figures: NamespaceDeletionFigures;
  let sent: (what: string) => number;

  beforeAll(async () => {
    figures = await namespaceDeletion(await openArena(stack), JOBS);
    sent = (what) => figures.effort.writes.get(what) ?? 0;
  }, SCENE_TIMEOUT_MS);

  it('leaves no row that a worker would take up', () => {
    expect([...figures.rows.keys()]).toEqual(['cancelled']);
  });

  it('costs one write for each Job, and a few more for those that were being accepted', () => {
    expect(sent('PATCH 200')).toBeGreaterThan(JOBS / 2);
    expect(sent('PATCH 200')).toBeLessThan(JOBS * 1.2);
  });

  it('is not told of Events that it cannot take any more', () => {
    // Two may be on their way when the first is refused.
    expect(sent('POST 403')).toBeLessThanOrEqual(4);
  });
});
