/** Chance that can be had again: the seed stands in the test's name, and `TEST_SEED` brings it back. */

export interface Random {
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  /** A whole number from `least` up to and including `most`. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32: small, and good enough to choose moments. */
export function seededRandom(seed: number = seedFromEnvironment()): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    seed,
    next,
    between,
    chance: (probability) => next() < probability,
    pick(from) {
      const [first] = from.slice(between(0, from.length - 1));
      if (first === undefined) throw new Error('there is nothing to pick from');
      return first;
    },
  };
}

function seedFromEnvironment(): number {
  const text = process.env['TEST_SEED'];
  return text === undefined || text === '' ? Math.floor(Math.random() * 2 ** 31) : Number(text);
}
