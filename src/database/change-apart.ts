/** Many rows changed in one statement, so that a row which somebody holds locked fails alone. */
import { hasCode } from '../errors.ts';
import type { Outcome } from './batch.ts';

const DONE: Outcome<void> = { ok: true, value: undefined };

/**
 * Tries all at once. Where that loses a race for locks, each row is tried by itself: a worker's transaction that holds one row
 * must not hold up two hundred others. A row that is still locked then is its caller's to try again, later and later.
 *
 * @param change guarded, so that repeating it does no harm
 * @returns an outcome per id
 * @throws whatever is not about locks: it concerns all of them
 */
export async function changeApart(jobIds: readonly string[], change: (part: readonly string[]) => Promise<void>): Promise<ReadonlyMap<string, Outcome<void>>> {
  try {
    await change(jobIds);
    return new Map(jobIds.map((jobId) => [jobId, DONE]));
  } catch (error) {
    if (!hasCode(error, 'DATABASE_BUSY')) throw error;
    if (jobIds.length === 1) return new Map(jobIds.map((jobId) => [jobId, { ok: false, error }]));
  }
  const outcomes = new Map<string, Outcome<void>>();
  for (const jobId of jobIds) {
    for (const [id, outcome] of await changeApart([jobId], change)) outcomes.set(id, outcome);
  }
  return outcomes;
}
