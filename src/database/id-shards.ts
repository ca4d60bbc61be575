/** Ids by their first two characters, so that one stretch of the table can be compared with the ids that belong there, and with no others. */
import { crc32 } from 'node:zlib';

/** One for each pair of hexadecimal digits: the ids of Jobs are UUIDs in lower case, which spread evenly over them. */
export const SHARDS = 256;

const PAIR = /^[0-9a-f]{2}/;

/** How many ids there are, and the exclusive or of their CRC-32: two sets that differ have, with 1 : 2^32, different ones. Their difference may have a negative count. */
export interface Digest {
  readonly count: number;
  readonly print: number;
}

export const NOTHING: Digest = { count: 0, print: 0 };

export function sameDigest(left: Digest, right: Digest): boolean {
  return left.count === right.count && left.print === right.print;
}

/** What `all` has beyond `part`, where it has no less. */
export function beyond(all: Digest, part: Digest): Digest {
  return { count: all.count - part.count, print: mixed(all.print, part.print) };
}

export class IdShards {
  readonly #shards: readonly Set<string>[] = Array.from({ length: SHARDS }, () => new Set<string>());
  readonly #prints = new Uint32Array(SHARDS);
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
    this.#mix(id);
  }

  delete(id: string): void {
    if (!this.#home(id).delete(id)) return;
    this.#size -= 1;
    this.#mix(id);
  }

  /** Of the ids of one shard. */
  digest(shard: number): Digest {
    return { count: this.#shards[shard]?.size ?? 0, print: this.#prints[shard] ?? 0 };
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
    return this.#shards[shardOf(id) ?? SHARDS] ?? this.#others;
  }

  #mix(id: string): void {
    const shard = shardOf(id);
    if (shard !== undefined) this.#prints[shard] = mixed(this.#prints[shard] ?? 0, crc32(id));
  }
}

/** Undefined for ids that do not begin like a UUID. */
export function shardOf(id: string): number | undefined {
  return PAIR.test(id) ? Number.parseInt(id.slice(0, 2), 16) : undefined;
}

function mixed(left: number, right: number): number {
  return (left ^ right) >>> 0;
}

export interface IdRange {
  readonly from: string;
  /** The first that is no longer part of it. */
  readonly to: string;
}

/** The stretches that shards in ascending order make up. */
export function idRanges(shards: readonly number[]): readonly IdRange[] {
  const ranges: IdRange[] = [];
  for (const shard of shards) {
    const last = ranges.at(-1);
    const from = shardStart(shard);
    if (last?.to === from) ranges.pop();
    ranges.push({ from: last?.to === from ? last.from : from, to: shardStart(shard + 1) });
  }
  return ranges;
}

/** What the ids of a shard are not less than, and those of all shards before it are; `SHARDS` gives the end of the last one. */
export function shardStart(shard: number): string {
  return shard === SHARDS ? 'fg' : shard.toString(16).padStart(2, '0');
}
