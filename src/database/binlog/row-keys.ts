/** From an event with rows to the keys of these rows, and to nothing else of them. */
import { Cursor } from './cursor.ts';
import { takeValue } from './column.ts';
import type { Column } from './column.ts';

export interface RowsLayout {
  readonly columns: readonly Column[];
  /** Index of the column that is asked for. */
  readonly keyColumn: number;
  /** Rows come in pairs: before and after. */
  readonly isUpdate: boolean;
  /** Version 2 has a header of its own length. */
  readonly hasExtraHeader: boolean;
}

/** Which table the rows are of, as its table map calls it. */
export function tableIdOf(body: Buffer): number {
  return body.readUIntLE(0, 6);
}

/**
 * The keys of all rows, of both images of an update, each once.
 *
 * @param body of the event, without its header
 * @throws RangeError when it cannot be read to its end
 */
export function readRowKeys(body: Buffer, { columns, keyColumn, isUpdate, hasExtraHeader }: RowsLayout): ReadonlySet<string> {
  const cursor = new Cursor(body);
  cursor.take(8);
  if (hasExtraHeader) cursor.take(cursor.unsigned(2) - 2);
  if (cursor.packed() !== columns.length) throw new RangeError('rows with other columns than their table');
  const images = Array.from({ length: isUpdate ? 2 : 1 }, () => cursor.take(Math.ceil(columns.length / 8)));
  const keys = new Set<string>();
  while (!cursor.isAtEnd) {
    const start = cursor.position;
    for (const present of images) {
      const key = readKey(cursor, columns, keyColumn, present);
      if (key !== undefined) keys.add(key);
    }
    if (cursor.position === start) throw new RangeError('a row without columns');
  }
  return keys;
}

/** Steps over one row. @returns undefined when the image does not hold the key: with `binlog_row_image=MINIMAL`, that of after an update */
function readKey(cursor: Cursor, columns: readonly Column[], keyColumn: number, present: Buffer): string | undefined {
  const held = columns.map((column, index) => ({ column, index })).filter(({ index }) => hasBit(present, index));
  const nulls = cursor.take(Math.ceil(held.length / 8));
  let key: string | undefined;
  for (const [position, { column, index }] of held.entries()) {
    if (hasBit(nulls, position)) continue;
    const value = takeValue(cursor, column);
    if (index === keyColumn) key = value.toString('utf8');
  }
  return key;
}

function hasBit(bits: Buffer, index: number): boolean {
  return ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}
