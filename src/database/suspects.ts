/** Which shards of the table have to be compared id by id: those whose sum is not what it was when all was found in its place. */
import { NOTHING, beyond, sameDigest } from './id-shards.ts';
import type { Digest, IdShards } from './id-shards.ts';

/** A shard with more rows than this is never a suspect: it cannot be read as a whole, and is left to the full pass. */
const MOST_ROWS = 20_000;

export interface Suspect {
  readonly shard: number;
  /** How many rows it has in the table. */
  readonly count: number;
  /** What the table has there beyond what is watched. */
  readonly strangers: Digest;
}

export class Suspects {
  readonly #watched: () => Pick<IdShards, 'digest'>;
  /** By shard: the rows of others at the last comparison that found all of ours in their places; undefined before that. */
  readonly #strangers: (Digest | undefined)[] = [];

  constructor(watched: () => Pick<IdShards, 'digest'>) {
    this.#watched = watched;
  }

  /** Among the shards from `start` up to, and without, `end`, in ascending order. @param found what the table has; a shard without an entry has nothing */
  among(start: number, end: number, found: ReadonlyMap<number, Digest>): Suspect[] {
    const watched = this.#watched();
    const suspects: Suspect[] = [];
    for (let shard = start; shard < end; shard += 1) {
      const there = found.get(shard) ?? NOTHING;
      const strangers = beyond(there, watched.digest(shard));
      const known = this.#strangers[shard];
      if (there.count <= MOST_ROWS && (known === undefined || !sameDigest(known, strangers))) suspects.push({ shard, count: there.count, strangers });
    }
    return suspects;
  }

  /**
   * What a comparison has found. Rows that came or went between the sum and the comparison do no harm: they make the next sum another one.
   *
   * @param isInPlace every watched job of the shard was found as it is known
   */
  conclude({ shard, strangers }: Suspect, isInPlace: boolean): void {
    this.#strangers[shard] = isInPlace ? strangers : undefined;
  }
}

/** The first of them, as many as have at most `rows` rows; one at least. */
export function upTo(rows: number, suspects: readonly Suspect[]): readonly Suspect[] {
  let count = 0;
  const end = suspects.findIndex((suspect, index) => (count += suspect.count) > rows && index > 0);
  return end === -1 ? suspects : suspects.slice(0, end);
}
