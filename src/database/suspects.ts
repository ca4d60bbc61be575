/**
 * Which shards of the table have to be compared row by row.
 *
 * For each shard, strangers = table − (watched − moved): what the table has beyond the watched jobs that are still to be there. These are rows of others, and as
 * long as they are the same as at the last comparison that found all of ours in their places, all of ours are there now.
 */
import { NOTHING, beyond, sameDigest } from './id-shards.ts';
import type { Digest, IdShards } from './id-shards.ts';

/** A shard with more rows than this is never a suspect: it cannot be read as a whole, and is left to the full pass. */
const MOST_ROWS = 20_000;

type Shards = Pick<IdShards, 'digest' | 'digestsOf'>;

/** What is known at a moment, of the shards from `start` on. Taken before the table is asked: what comes in the meantime is then a stranger, and makes a suspect. */
export interface Expectation {
  readonly start: number;
  readonly watched: readonly Digest[];
  /** Ids that are watched, and known to be no longer there. */
  readonly moved: readonly string[];
}

export interface Suspect {
  readonly shard: number;
  /** How many rows the table has there. */
  readonly count: number;
  readonly strangers: Digest;
  /** How many of these are most likely rows of others: as many as were there when all of ours were in their places; not known: all. */
  readonly others: number;
  readonly watched: Digest;
}

export class Suspects {
  readonly #watched: () => Shards;
  /** By shard; undefined where not all of ours were in their places. */
  readonly #strangers: (Digest | undefined)[] = [];

  constructor(watched: () => Shards) {
    this.#watched = watched;
  }

  /** For the shards from `start` up to, and without, `end`. */
  expect(start: number, end: number, moved: readonly string[]): Expectation {
    const shards = this.#watched();
    return { start, watched: Array.from({ length: end - start }, (_, index) => shards.digest(start + index)), moved };
  }

  /** In ascending order. @param table what it has; a shard without an entry has nothing */
  among({ start, watched, moved }: Expectation, table: ReadonlyMap<number, Digest>): Suspect[] {
    const gone = this.#watched().digestsOf(moved);
    const suspects: Suspect[] = [];
    for (const [index, expected] of watched.entries()) {
      const shard = start + index;
      const found = table.get(shard) ?? NOTHING;
      const strangers = beyond(found, beyond(expected, gone[shard] ?? NOTHING));
      const known = this.#strangers[shard];
      const isKnown = known !== undefined && sameDigest(known, strangers);
      if (!isKnown && found.count <= MOST_ROWS) suspects.push({ shard, count: found.count, strangers, others: (known ?? strangers).count, watched: expected });
    }
    return suspects;
  }

  /**
   * What a comparison has found.
   *
   * @param isInPlace every watched job of the shard was found as it is known, or was known to have moved
   */
  remember({ shard, strangers, watched }: Suspect, isInPlace: boolean): void {
    // What has come to be watched since the sum was taken, or is watched no more, is not what the strangers were told from.
    const isSame = sameDigest(this.#watched().digest(shard), watched);
    this.#strangers[shard] = isInPlace && isSame ? strangers : undefined;
  }
}

/** The first of them, as many as have at most `rows` rows; one at least. */
export function upTo(rows: number, suspects: readonly Suspect[]): readonly Suspect[] {
  let count = 0;
  const end = suspects.findIndex((suspect, index) => (count += suspect.count) > rows && index > 0);
  return end === -1 ? suspects : suspects.slice(0, end);
}
