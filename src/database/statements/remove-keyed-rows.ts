import type { OperatorError } from '../../errors.ts';
import type { JobRow } from '../../job/row.ts';
import type { Database } from '../database.ts';
import { PAYLOAD_COLUMN, payloadDigest } from '../payload-digest.ts';
import { FULL_COLUMNS, idsIn, toJobRows } from './columns.ts';
import type { FullColumns } from './columns.ts';
import { writeTombstones } from './tombstone-rows.ts';

/** Rows of one transaction: each may bring along a payload of megabytes, and leave a result of megabytes behind. */
export const KEYED_REMOVAL_ROWS = 10;

export interface KeyedRemoval {
  /** The statement's name, for metrics and errors. */
  readonly name: 'remove' | 'sweep';
  /** The whole condition for a row to go, on the columns of `jobs`; judged under lock. */
  readonly guard: string;
  /** Judges each row as it stands under lock; an error stands for one that no Job can show. */
  readonly isDoomed: (row: JobRow | OperatorError) => boolean;
}

/**
 * Removes rows that have, or may have, an idempotency key, and leaves a tombstone of each: in one transaction,
 * the tombstone first, so that no moment has neither.
 *
 * An INSERT of the same id waits for this transaction at the tombstone, or has already seen that there is none. Then it holds the
 * gap where the tombstone would go, until it has found the row still there; what is left is a deadlock that one of both survives.
 * Either way no second row comes into being (statements/insert-rows.ts). READ COMMITTED: nothing but these rows is locked here.
 *
 * @returns the ids that went
 * @throws OperatorError, DATABASE_REFUSED (1146) without the table of tombstones; nothing is removed then
 */
export async function removeKeyedRows(database: Database, jobIds: readonly string[], { name, guard, isDoomed }: KeyedRemoval): Promise<readonly string[]> {
  return database.transaction('READ COMMITTED', async (sql) => {
    const locked = await sql.select<FullColumns & { readonly payload: string | null }>(
      `${name}-lock`,
      `SELECT ${FULL_COLUMNS}, ${PAYLOAD_COLUMN} FROM jobs AS j WHERE job_id ${idsIn(jobIds)} AND ${guard} ORDER BY j.job_id FOR UPDATE`,
    );
    const payloads = new Map(locked.map(({ jobId, payload }) => [jobId, payload]));
    const digests = new Map<string, string>();
    for (const [jobId, row] of toJobRows(locked)) {
      if (isDoomed(row)) digests.set(jobId, payloadDigest(payloads.get(jobId) ?? null));
    }
    const doomed = [...digests.keys()];
    if (doomed.length > 0) {
      await writeTombstones(sql, digests);
      await sql.write(name, `DELETE FROM jobs WHERE job_id ${idsIn(doomed)} AND ${guard}`);
    }
    return doomed;
  });
}
