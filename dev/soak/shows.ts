/** Whether a status tells of one state of a row. */

import { isDeepStrictEqual } from 'node:util';
import { progressOf } from '../agreement.ts';
import type { Row } from '../row.ts';
import type { SoakJob } from './soak-job.ts';

/** All that a worker has told in it. */
export function showsOutcome({ status }: SoakJob, row: Row): boolean {
  return (
    status.phase?.toLowerCase() === row.status &&
    (status.error ?? null) === row.error &&
    isDeepStrictEqual(status.result ?? null, row.result === null ? null : JSON.parse(row.result))
  );
}

/** The whole state, times included. */
export function shows(job: SoakJob, row: Row): boolean {
  const { status } = job;
  return (
    showsOutcome(job, row) &&
    status.progress === progressOf(row) &&
    unixSeconds(status.completedAt) === row.completed_at &&
    unixSeconds(status.expiresAt) === row.ttl_expires_at
  );
}

function unixSeconds(time: string | undefined): number | null {
  return time === undefined ? null : Date.parse(time) / 1000;
}
