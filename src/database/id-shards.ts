/** Ids by their first two characters, each with a print, so that one stretch of the table can be compared with the ids that belong there, and with no others. */
import { crc32 } from 'node:zlib';

/** One for each pair of hexadecimal digits: the ids of Jobs are UUIDs in lower case, which spread evenly over them. */
export const SHARDS = 256;

/** How many there are, and the exclusive or of their prints: sets that differ have the same one in four billion times. A difference may have a negative count. */
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

/**
 * 32 bits of a text, which `printOf` (statements/scan-rows.ts) has the server take. CRC-32 alone is linear: two rows of a shard that change alike, as many do in one
 * statement, would cancel each other out. So it is squared, of which the middle is kept.
 */
function printOf(text: string): number {
  const crc = crc32(text);
  const high = crc >>> 16;
  const low = crc & 0xffff;
  return (((high * high) & 0xffff) * 0x1_0000 + 2 * high * low + ((low * low) >>> 16)) >>> 0;
}

export class IdShards {
  /** The last one is for ids that do not begin like a UUID. Prints are signed here, which V8 keeps without a box. */
  readonly #shards: readonly Map<string, number>[] = Array.from({ length: SHARDS + 1 }, () => new Map<string, number>());
  readonly #prints = new Uint32Array(SHARDS + 1);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param text what the print is taken of; the server has to take it of the same */
  set(id: string, text: string): void {
    const shard = shardOf(id) ?? SHARDS;
    const print = printOf(text);
    const before = this.#shards[shard]?.get(id);
    if (before === (print | 0)) return;
    if (before === undefined) this.#size += 1;
    this.#shards[shard]?.set(id, print | 0);
    this.#mix(shard, print ^ (before ?? 0));
  }

  delete(id: string): void {
    const shard = shardOf(id) ?? SHARDS;
    const before = this.#shards[shard]?.get(id);
    if (before === undefined) return;
    this.#shards[shard]?.delete(id);
    this.#size -= 1;
    this.#mix(shard, before);
  }

  clear(): void {
    for (const shard of this.#shards) shard.clear();
    this.#prints.fill(0);
    this.#size = 0;
  }

  /** Of one shard. */
  digest(shard: number): Digest {
    return { count: this.#shards[shard]?.size ?? 0, print: this.#prints[shard] ?? 0 };
  }

  /** What these ids, each named once, add to the digests of their shards; a shard without one of them has no entry. */
  digestsOf(ids: readonly string[]): readonly (Digest | undefined)[] {
    const digests: ({ count: number; print: number } | undefined)[] = [];
    for (const id of ids) {
      const shard = shardOf(id);
      const print = shard === undefined ? undefined : this.#shards[shard]?.get(id);
      if (shard === undefined || print === undefined) continue;
      const digest = (digests[shard] ??= { count: 0, print: 0 });
      digest.count += 1;
      digest.print = mixed(digest.print, print);
    }
    return digests;
  }

  /** The ids of one shard. */
  in(shard: number): Iterable<string> {
    return this.#shards[shard]?.keys() ?? [];
  }

  /** Those that are in no shard, because they do not begin like a UUID. */
  others(): Iterable<string> {
    return this.in(SHARDS);
  }

  *[Symbol.iterator](): Generator<string> {
    for (const shard of this.#shards) yield* shard.keys();
  }

  #mix(shard: number, print: number): void {
    this.#prints[shard] = mixed(this.#prints[shard] ?? 0, print);
  }
}

/** Undefined for ids that do not begin like a UUID. */
export function shardOf(id: string): number | undefined {
  const high = digitOf(id.charCodeAt(0));
  const low = digitOf(id.charCodeAt(1));
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

/** Of a hexadecimal digit in lower case. A text that has ended has no code, which is none. */
function digitOf(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : undefined;
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
    const from = shardStart(shard);
    const last = ranges.at(-1);
    if (last?.to === from) ranges.pop();
    ranges.push({ from: last?.to === from ? last.from : from, to: shardStart(shard + 1) });
  }
  return ranges;
}

/** What the ids of a shard are not less than, and those of all shards before it are; `SHARDS` gives the end of the last one. */
export function shardStart(shard: number): string {
  return shard === SHARDS ? 'fg' : shard.toString(16).padStart(2, '0');
}

function mixed(left: number, right: number): number {
  return (left ^ right) >>> 0;
}
