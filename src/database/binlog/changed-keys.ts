/** From the events of the binary log to the ids of the rows of one table that they change. */
import { zstdDecompressSync } from 'node:zlib';
import { Cursor } from './cursor.ts';
import { readRowKeys, tableIdOf } from './row-keys.ts';
import { readTableMap } from './table-map.ts';
import type { TableMap } from './table-map.ts';

const QUERY = 2;
const FORMAT_DESCRIPTION = 15;
const TABLE_MAP = 19;
/** A transaction whose events are compressed together (`binlog_transaction_compression`). */
const TRANSACTION_PAYLOAD = 40;
/** Events with rows, in their two versions, and what cannot be read of them: parts of JSON documents, MariaDB's compressed rows. */
const PLAIN_ROWS: ReadonlyMap<number, { readonly isUpdate: boolean; readonly hasExtraHeader: boolean }> = new Map([
  [23, { isUpdate: false, hasExtraHeader: false }],
  [24, { isUpdate: true, hasExtraHeader: false }],
  [25, { isUpdate: false, hasExtraHeader: false }],
  [30, { isUpdate: false, hasExtraHeader: true }],
  [31, { isUpdate: true, hasExtraHeader: true }],
  [32, { isUpdate: false, hasExtraHeader: true }],
]);
const OTHER_ROWS = new Set([39, 166, 167, 168, 169, 170, 171]);

/** Of an event: timestamp 4, type 1, server 4, length 4, position 4, flags 2. */
const HEADER_LENGTH = 19;
const CHECKSUM_LENGTH = 4;
const CRC32 = 1;
/** Most bytes that a compressed transaction may unfold to; beyond, it is not looked into. */
const MOST_UNFOLDED = 16 * 1024 * 1024;
/** Tables of one statement that are remembered; a statement over more is none of this table's owners. */
const MOST_TABLES = 100;

/** What an event says about the table. */
export interface TableChange {
  readonly jobIds: Iterable<string>;
  /** It may have changed more than these. */
  readonly hasMore: boolean;
}

export interface WatchedTable {
  readonly database: string;
  readonly table: string;
  /** Index of the key's column, from 0. */
  readonly keyColumn: number;
}

const NOT_KNOWN: TableChange = { jobIds: [], hasMore: true };

/** Remembers the table maps of the statement under way, and nothing of any row. */
export class ChangedKeys {
  readonly #table: WatchedTable;
  readonly #maps = new Map<number, TableMap>();
  /** Events end with one, as the description at the beginning of each file says. */
  #hasChecksums = false;

  constructor(table: WatchedTable) {
    this.#table = table;
  }

  /** Never throws: what cannot be read is a change that is not known. @returns undefined when it does not concern the table */
  read(event: Buffer): TableChange | undefined {
    try {
      return this.#read(event);
    } catch (error) {
      if (error instanceof RangeError) return NOT_KNOWN;
      throw error;
    }
  }

  #read(event: Buffer): TableChange | undefined {
    const type = event.readUInt8(4);
    // That one event has a checksum in any case; what kind it is stands before it.
    if (type === FORMAT_DESCRIPTION) this.#hasChecksums = event.at(-1 - CHECKSUM_LENGTH) === CRC32;
    const body = event.subarray(HEADER_LENGTH, this.#hasChecksums ? -CHECKSUM_LENGTH : undefined);
    return type === TRANSACTION_PAYLOAD ? this.#readTransaction(body) : this.#readBody(type, body);
  }

  #readBody(type: number, body: Buffer): TableChange | undefined {
    if (type === TABLE_MAP) return this.#remember(body);
    // The maps are those of one transaction.
    if (type === QUERY) this.#maps.clear();
    const rows = PLAIN_ROWS.get(type);
    if (rows === undefined && !OTHER_ROWS.has(type)) return undefined;
    const map = this.#maps.get(tableIdOf(body));
    if (map === undefined) return undefined;
    if (rows === undefined) return NOT_KNOWN;
    return { jobIds: readRowKeys(body, { columns: map.columns(), keyColumn: this.#table.keyColumn, ...rows }), hasMore: false };
  }

  #remember(body: Buffer): undefined {
    const map = readTableMap(body);
    // Ids are given anew when a table is altered.
    this.#maps.delete(map.id);
    if (map.database !== this.#table.database || map.table !== this.#table.table) return;
    if (this.#maps.size >= MOST_TABLES) this.#maps.clear();
    this.#maps.set(map.id, map);
  }

  #readTransaction(body: Buffer): TableChange | undefined {
    const events = new Cursor(unfold(body));
    const jobIds = new Set<string>();
    let hasMore = false;
    let concerns = false;
    while (!events.isAtEnd) {
      // Events in here have no checksums of their own.
      const head = events.take(HEADER_LENGTH);
      const change = this.#readBody(head.readUInt8(4), events.take(head.readUInt32LE(9) - HEADER_LENGTH));
      if (change === undefined) continue;
      concerns = true;
      hasMore ||= change.hasMore;
      for (const jobId of change.jobIds) jobIds.add(jobId);
    }
    return concerns ? { jobIds, hasMore } : undefined;
  }
}

/** Fields of type, length and value up to a zero, then the payload. 1: its length, 2: how it is compressed (0: with zstd, 255: not at all), 3: its length before. */
function unfold(body: Buffer): Buffer {
  const cursor = new Cursor(body);
  let method = 255;
  for (let field = cursor.packed(); field !== 0; field = cursor.packed()) {
    const value = new Cursor(cursor.take(cursor.packed()));
    if (field === 2) method = value.packed();
  }
  const payload = cursor.rest();
  if (method === 255) return payload;
  if (method !== 0) throw new RangeError('a compression that nobody knows here');
  try {
    return zstdDecompressSync(payload, { maxOutputLength: MOST_UNFOLDED });
  } catch (error) {
    throw new RangeError('a transaction that cannot be unfolded, or is too large to be', { cause: error });
  }
}
