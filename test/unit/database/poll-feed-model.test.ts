import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { World, step } from './feed-world.ts';
import type { Scene } from './feed-world.ts';

/** Whatever happens to the table, in whatever order: each change is told within its promise, and in the end nothing is left untold. */
describe('the polling feed, through any history', () => {
  it.each<[string, Scene]>([
    ['few jobs, asked for by key', { count: 100, index: false }],
    ['many jobs, found by what runs and what waits', { count: 300, index: false }],
    ['the index on updated_at', { count: 300, index: true }],
  ])('keeps its promises, with %s', async (_, scene) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 40 }), async (steps) => {
        expect(await new World(scene).run(steps)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
