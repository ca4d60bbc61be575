/** What stands before the rows of each statement in the binary log: which table they are of, and what its columns look like. */
import { Cursor } from './cursor.ts';
import { metadataLength } from './column.ts';
import type { Column } from './column.ts';

export interface TableMap {
  /** What the events with its rows call it. */
  readonly id: number;
  readonly database: string;
  readonly table: string;
  /** Read when they are asked for: those of other tables are nobody's business. @throws RangeError */
  columns(): readonly Column[];
}

/** @param body of the event, without its header */
export function readTableMap(body: Buffer): TableMap {
  const cursor = new Cursor(body);
  const id = cursor.unsigned(6);
  cursor.take(2);
  const database = name(cursor);
  const table = name(cursor);
  const rest = cursor.rest();
  return { id, database, table, columns: () => readColumns(new Cursor(rest)) };
}

function readColumns(cursor: Cursor): readonly Column[] {
  const types = [...cursor.take(cursor.packed())];
  const metadata = new Cursor(cursor.take(cursor.packed()));
  return types.map((type) => ({ type, metadata: metadata.take(metadataLength(type)) }));
}

/** A length, the text, and a zero. */
function name(cursor: Cursor): string {
  const text = cursor.take(cursor.unsigned(1)).toString('utf8');
  cursor.take(1);
  return text;
}
