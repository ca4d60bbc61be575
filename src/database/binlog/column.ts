/** How long the values of a column are in a row of the binary log: what it takes to step over payloads and results without looking at them. */
import type { Cursor } from './cursor.ts';

/** A column as a table map describes it. Type codes are MySQL's `enum_field_types`, and MariaDB's for compressed columns. */
export interface Column {
  readonly type: number;
  /** Of 0, 1 or 2 bytes, in the order in which they stand there. */
  readonly metadata: Buffer;
}

const VARCHAR = 15;
const BIT = 16;
const NEWDECIMAL = 246;
const ENUM = 247;
const SET = 248;
const VAR_STRING = 253;
const STRING = 254;
const MARIADB_COMPRESSED_VARCHAR = 141;

/** Bytes of the values of types that are always equally long. */
const FIXED: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 6: 0, 7: 4, 8: 8, 9: 3, 10: 3, 11: 3, 12: 8, 13: 1, 14: 3 };
/** TIMESTAMP, DATETIME and TIME with fractions: their whole seconds; the metadata is the number of decimals. */
const TIMES: Readonly<Record<number, number>> = { 17: 4, 18: 5, 19: 3 };
/** Four kinds of BLOB and TEXT, JSON, GEOMETRY, VECTOR, MariaDB's compressed BLOB: the metadata is how many bytes their length takes. */
const LONG = new Set([249, 250, 251, 252, 245, 255, 242, 140]);
/** Bytes that so many decimal digits take in a NEWDECIMAL; nine take four. */
const DIGITS = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/** Bytes of metadata that a table map has for a column of this type. */
export function metadataLength(type: number): number {
  if (LONG.has(type) || type in TIMES || type === 4 || type === 5) return 1;
  return [VARCHAR, BIT, NEWDECIMAL, ENUM, SET, VAR_STRING, STRING, MARIADB_COMPRESSED_VARCHAR].includes(type) ? 2 : 0;
}

/**
 * Takes one value, which is not NULL.
 *
 * @returns its bytes, without its length
 * @throws RangeError for a type that nobody knows here
 */
export function takeValue(cursor: Cursor, { type, metadata }: Column): Buffer {
  const fixed = FIXED[type];
  if (fixed !== undefined) return cursor.take(fixed);
  const [first = 0, second = 0] = metadata;
  const seconds = TIMES[type];
  if (seconds !== undefined) return cursor.take(seconds + Math.ceil(first / 2));
  if (LONG.has(type)) return cursor.take(cursor.unsigned(first));
  switch (type) {
    case VARCHAR:
    case VAR_STRING:
    case MARIADB_COMPRESSED_VARCHAR:
      return cursor.take(cursor.unsigned(lengthOfLength(first + second * 256)));
    case BIT:
      return cursor.take(second + (first > 0 ? 1 : 0));
    case NEWDECIMAL:
      return cursor.take(decimalLength(first - second) + decimalLength(second));
    case ENUM:
    case SET:
      return cursor.take(second);
    case STRING:
      return takeString(cursor, first, second);
    default:
      throw new RangeError(`a column of type ${type}`);
  }
}

/** CHAR, ENUM and SET share a type code; CHAR of more than 255 bytes hides two bits of its length in the real one. */
function takeString(cursor: Cursor, first: number, second: number): Buffer {
  if (first === ENUM || first === SET) return cursor.take(second);
  const most = second + ((~first & 0x30) << 4);
  return cursor.take(cursor.unsigned(lengthOfLength(most)));
}

function lengthOfLength(most: number): 1 | 2 {
  return most < 256 ? 1 : 2;
}

function decimalLength(digits: number): number {
  return Math.floor(digits / 9) * 4 + (DIGITS[digits % 9] ?? 0);
}
