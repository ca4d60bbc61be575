/** Chance that can be had again: the seed stands in the test's name, and `TEST_SEED` brings it back. */

import { createRandom } from '../../../dev/random.ts';
import type { Random } from '../../../dev/random.ts';

export type { Random };

export function seededRandom(seed: number = seedFromEnvironment()): Random {
  return createRandom(seed);
}

function seedFromEnvironment(): number {
  const text = process.env['TEST_SEED'];
  return text === undefined || text === '' ? Math.floor(Math.random() * 2 ** 31) : Number(text);
}
