/** Events of the binary log, made by hand as a server writes them: the parts of its protocol that the reading rests on. */

export const DATABASE = 'wordpress';
export const TABLE = 'jobs';

/** The columns of the jobs table, as MySQL describes them: types, and the metadata of those that have any. */
const TYPES = [15, 254, 254, 3, 245, 245, 252, 17, 17, 17, 17];
const METADATA = [[144, 0], [247, 1], [247, 1], [], [4], [4], [2], [0], [0], [0], [0]].flat();

export function event(type: number, body: Buffer, checksum = false): Buffer {
  const tail = checksum ? Buffer.alloc(4, 0xcc) : Buffer.alloc(0);
  const header = Buffer.alloc(19);
  header.writeUInt8(type, 4);
  header.writeUInt32LE(header.length + body.length + tail.length, 9);
  return Buffer.concat([header, body, tail]);
}

export function formatDescription(hasChecksums: boolean): Buffer {
  const body = Buffer.alloc(100);
  body.writeUInt8(hasChecksums ? 1 : 0, body.length - 1);
  return event(15, body, true);
}

function packed(value: number): Buffer {
  return value < 251 ? Buffer.from([value]) : Buffer.from([0xfc, value & 0xff, value >> 8]);
}

function named(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text), Buffer.from([0])]);
}

function id(tableId: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntLE(tableId, 0, 6);
  return bytes;
}

export interface TableOptions {
  readonly database?: string;
  readonly table?: string;
  readonly types?: readonly number[];
  readonly metadata?: readonly number[];
}

export function tableMapBody(tableId: number, { database = DATABASE, table = TABLE, types = TYPES, metadata = METADATA }: TableOptions = {}): Buffer {
  return Buffer.concat([
    id(tableId),
    Buffer.alloc(2),
    named(database),
    named(table),
    packed(types.length),
    Buffer.from(types),
    packed(metadata.length),
    Buffer.from(metadata),
    Buffer.alloc(Math.ceil(types.length / 8), 0xff),
  ]);
}

/** A row of the jobs table; a payload of `payloadBytes`, and NULL for result, error and all times but the first two. */
export function row(jobId: string, payloadBytes = 10): Buffer {
  const key = Buffer.from(jobId);
  const payload = Buffer.alloc(payloadBytes, 0x2a);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payloadBytes);
  // Bits 5 and 6 (result, error), 9 and 10 (completed_at, ttl_expires_at).
  const nulls = Buffer.from([0b0110_0000, 0b0000_0110]);
  return Buffer.concat([nulls, Buffer.from([key.length]), key, Buffer.from([1]), Buffer.from([2]), Buffer.alloc(4, 7), length, payload, Buffer.alloc(8, 9)]);
}

const ALL_COLUMNS = Buffer.from([0xff, 0x07]);

/** @param rows of an update, before and after in turns */
export function rowsBody(tableId: number, rows: readonly Buffer[], { update = false, version = 2, columns = TYPES.length } = {}): Buffer {
  return Buffer.concat([
    id(tableId),
    Buffer.alloc(2),
    version === 2 ? Buffer.from([2, 0]) : Buffer.alloc(0),
    packed(columns),
    ALL_COLUMNS,
    ...(update ? [ALL_COLUMNS] : []),
    ...rows,
  ]);
}

/** @param method 0 for zstd, 255 for none */
export function transactionBody(payload: Buffer, method: number): Buffer {
  const value = packed(method);
  return Buffer.concat([Buffer.from([2, value.length]), value, Buffer.from([0]), payload]);
}
