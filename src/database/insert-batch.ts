/** Many inserts in few statements, so that a row which the database refuses fails alone. */
import { OperatorError, hasCode } from '../errors.ts';
import type { Outcome } from './batch.ts';
import type { Sql } from './database.ts';
import { insertBytes, insertRows } from './statements/insert-rows.ts';
import { readPacketLimit } from './statements/read-packet-limit.ts';

/** A row as a term of the statement (`insertTerm`). */
export interface InsertTerm {
  readonly jobId: string;
  readonly term: string;
}

/**
 * Inserts the rows in statements below the server's `max_allowed_packet`. A row that is larger than that is refused before
 * anything is sent, since servers answer it with a broken connection as often as with an error. When the server refuses a value, the
 * batch is halved until the guilty row stands alone: log n more statements for one bad row.
 *
 * @param use lends a connection, and tries again what lost a race for locks
 * @param insertPart inserts some of them in one statement
 * @returns an outcome per row, in the order given
 */
export async function insertRowsApart(
  rows: readonly InsertTerm[],
  use: <Result>(work: (sql: Sql) => Promise<Result>) => Promise<Result>,
  insertPart: (sql: Sql, terms: readonly string[]) => Promise<void> = insertRows,
): Promise<readonly Outcome<void>[]> {
  const outcomes = new Map<InsertTerm, Outcome<void>>();
  const insert = async (part: readonly InsertTerm[]): Promise<void> => {
    if (part.length === 0) return;
    const tooLarge = await use(async (sql) => {
      const limit = sql.server.maxAllowedPacket;
      const size = insertBytes(part.map(({ term }) => term));
      if (size > limit) {
        if (part.length === 1 && size <= (await readPacketLimit(sql))) throw outdatedConnection();
        return { size, limit };
      }
      await insertPart(
        sql,
        part.map(({ term }) => term),
      );
      return undefined;
    }).catch((error: unknown) => {
      if (!hasCode(error, 'ROW_REFUSED')) throw error;
      return error;
    });
    if (tooLarge === undefined) {
      for (const row of part) outcomes.set(row, { ok: true, value: undefined });
      return;
    }
    const [first] = part;
    if (part.length > 1 || first === undefined) {
      await inHalves(part, insert);
      return;
    }
    outcomes.set(first, { ok: false, error: tooLarge instanceof OperatorError ? tooLarge : refusedForSize(tooLarge.size, tooLarge.limit) });
  };
  const sorted = rows.toSorted((left, right) => (left.jobId < right.jobId ? -1 : 1));
  try {
    await insert(sorted);
  } catch (error) {
    // What was inserted before the failure stays inserted; the rest can be tried again.
    for (const row of rows) if (!outcomes.has(row)) outcomes.set(row, { ok: false, error });
  }
  return rows.map((row) => outcomes.get(row) ?? { ok: false, error: new Error(`row ${row.jobId} was left out of its batch`) });
}

async function inHalves(part: readonly InsertTerm[], insert: (half: readonly InsertTerm[]) => Promise<void>): Promise<void> {
  const middle = Math.ceil(part.length / 2);
  await insert(part.slice(0, middle));
  await insert(part.slice(middle));
}

/** A session keeps the limit that it began with: one that has been raised since is known to new connections only, so this one is given up. */
function outdatedConnection(): OperatorError {
  return new OperatorError('DATABASE_UNAVAILABLE', 'insert: the server takes larger statements than when this connection was made; a new one is used');
}

function refusedForSize(size: number, limit: number): OperatorError {
  return new OperatorError('ROW_REFUSED', `the database refuses the row: its INSERT has ${size} bytes, and the server's max_allowed_packet is ${limit}`);
}
