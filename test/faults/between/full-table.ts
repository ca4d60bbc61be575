/** Rows of another producer, until the server takes no more. */

import { randomUUID } from 'node:crypto';
import { Rows } from '../../e2e/support/rows.ts';
import type { Database } from '../../support/stack.ts';

/** ER_RECORD_FILE_FULL: the table cannot grow. */
const TABLE_FULL = 1114;
/** Large ones first, so that it takes seconds; then as small as the operator's, until hardly a page is left with room for one. */
const SIZES = [200_000, 10_000, 500, 10];
const REFUSED_IN_A_ROW = 200;
const MOST = 20_000;

export async function fillTable(database: Database): Promise<void> {
  const rows = new Rows(await database.connect(Rows.EXACT));
  try {
    for (const size of SIZES) await fillWith(rows, size);
  } finally {
    await rows.close();
  }
}

async function fillWith(rows: Rows, size: number): Promise<void> {
  let refused = 0;
  for (let count = 0; refused < (size < 1_000 ? REFUSED_IN_A_ROW : 1); count += 1) {
    if (count > MOST) throw new Error(`the table took ${MOST} rows of ${size} bytes and is not full`);
    refused = (await isTaken(rows, size)) ? 0 : refused + 1;
  }
}

async function isTaken(rows: Rows, size: number): Promise<boolean> {
  const payload = JSON.stringify({ token: 'filler', variant: 0, filler: 'x'.repeat(size) });
  try {
    // Anywhere among the rows of Jobs.
    await rows.run("INSERT INTO jobs (job_id, type, status, request_payload) VALUES (?, 'clone', 'running', ?)", [randomUUID(), payload]);
    return true;
  } catch (error) {
    if ((error as { errno?: number }).errno === TABLE_FULL) return false;
    throw error;
  }
}
