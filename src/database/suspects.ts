/** Which shards of the table have to be compared id by id: those whose sum is not that of what is watched, as far as it has not been told already. */
import { NOTHING, beyond, sameDigest, shardOf, together } from './id-shards.ts';
import type { Digest, IdShards } from './id-shards.ts';

/** A shard with more rows than this is never a suspect: it cannot be read as a whole, and is left to the full pass. */
const MOST_ROWS = 20_000;

type Shards = Pick<IdShards, 'digest' | 'part'>;

export interface Suspect {
  readonly shard: number;
  /** How many rows the table has there. */
  readonly count: number;
  /** What the table has there beyond what is expected: the rows of others, where all of ours are in their places. */
  readonly strangers: Digest;
}

export class Suspects {
  readonly #watched: () => Shards;
  /** By shard: the rows of others at the last comparison that found all of ours in their places; undefined before that. */
  readonly #strangers: (Digest | undefined)[] = [];

  constructor(watched: () => Shards) {
    this.#watched = watched;
  }

  /**
   * Among the shards from `start` up to, and without, `end`, in ascending order.
   *
   * @param table what it has; a shard without an entry has nothing
   * @param moved ids of which is known that they are no longer there
   */
  among(start: number, end: number, table: ReadonlyMap<number, Digest>, moved: Iterable<string>): Suspect[] {
    const watched = this.#watched();
    const missing = digestsOf(moved, watched);
    const suspects: Suspect[] = [];
    for (let shard = start; shard < end; shard += 1) {
      const found = table.get(shard) ?? NOTHING;
      const strangers = beyond(found, beyond(watched.digest(shard), missing.get(shard) ?? NOTHING));
      const known = this.#strangers[shard];
      if (found.count <= MOST_ROWS && (known === undefined || !sameDigest(known, strangers))) suspects.push({ shard, count: found.count, strangers });
    }
    return suspects;
  }

  /**
   * What a comparison has found. Rows that came or went between the sum and the comparison do no harm: they make the next sum another one.
   *
   * @param isInPlace every watched job of the shard was found as it is known, or has been told to be elsewhere
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

/** What these ids add to the sums of their shards. */
function digestsOf(ids: Iterable<string>, shards: Shards): ReadonlyMap<number, Digest> {
  const digests = new Map<number, Digest>();
  for (const id of ids) {
    const shard = shardOf(id);
    if (shard !== undefined) digests.set(shard, together(digests.get(shard) ?? NOTHING, shards.part(id)));
  }
  return digests;
}
