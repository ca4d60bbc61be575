/** Ids by their first two characters, so that one stretch of the table can be compared with the ids that belong there, and with no others. */

/** One for each pair of hexadecimal digits: the ids of Jobs are UUIDs in lower case, which spread evenly over them. */
export const SHARDS = 256;

const PAIR = /^[0-9a-f]{2}/;

export class IdShards {
  readonly #shards: readonly Set<string>[] = Array.from({ length: SHARDS }, () => new Set<string>());
  readonly #others = new Set<string>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(id: string): void {
    const home = this.#home(id);
    if (home.has(id)) return;
    home.add(id);
    this.#size += 1;
  }

  delete(id: string): void {
    if (this.#home(id).delete(id)) this.#size -= 1;
  }

  /** Those of the shards from `start` up to, and without, `end`. */
  *between(start: number, end: number): Generator<string> {
    for (const shard of this.#shards.slice(start, end)) yield* shard;
  }

  /** Those that are in no shard, because they do not begin like a UUID. */
  others(): Iterable<string> {
    return this.#others;
  }

  *[Symbol.iterator](): Generator<string> {
    yield* this.between(0, SHARDS);
    yield* this.#others;
  }

  #home(id: string): Set<string> {
    const shard = PAIR.test(id) ? this.#shards[Number.parseInt(id.slice(0, 2), 16)] : undefined;
    return shard ?? this.#others;
  }
}

/** What the ids of a shard are not less than, and those of all shards before it are; `SHARDS` gives the end of the last one. */
export function shardStart(shard: number): string {
  return shard === SHARDS ? 'fg' : shard.toString(16).padStart(2, '0');
}
