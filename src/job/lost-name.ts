/**
 * A status that has named its row and does so no more: somebody emptied it, or cut it. Taken for that of a new Job it would have the job run
 * a second time once its row is swept, so the name is put back before anything else is decided.
 */
import type { Action } from './action.ts';
import { identityOf, isKeyed } from './identity.ts';
import type { Circumstances } from './knowledge.ts';
import type { JobResource } from './resource.ts';

/** This process remembers the name, or the status shows what only a Job with a row can show. */
export function hasLostItsName(job: JobResource, { hadRow, keys }: Circumstances): boolean {
  if (job.status.jobId !== undefined || (isKeyed(job) && keys.clusterName === undefined)) return false;
  return hadRow || job.status.phase !== undefined;
}

/** What else is shown stays as it is: the row, or its absence, is the next thing to be looked at. */
export function nameAgain(job: JobResource, { keys }: Circumstances): Action[] {
  const status = { ...job.status, jobId: identityOf(job, keys.clusterName), scope: 'conditions', result: undefined } as const;
  return [{ do: 'writeStatus', status, reason: 'other', event: undefined }, { do: 'readRow' }];
}
