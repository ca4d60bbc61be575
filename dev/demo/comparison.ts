/** Where a resource does not say what its row says: the comparison that an outsider would make, by the contract's section 1. */

import { sameValue } from './job-resource.ts';
import type { JobResource } from './job-resource.ts';
import type { JobRow } from './job-rows.ts';

/** One line per difference, each with the Job's name and field; never a result. */
export function differences(job: JobResource, row: JobRow | undefined): string[] {
  const { name } = job.metadata;
  if (row === undefined) return [`${name} has no row`];
  const { spec, status } = job;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['type', spec.type, row.type],
    ['status.jobId', status.jobId, row.jobId],
    ['status.phase', status.phase?.toLowerCase(), row.status],
    ['status.progress', status.progress, row.status === 'completed' ? 100 : Math.min(99, Math.max(0, row.progress ?? 0))],
    ['status.error', status.error ?? null, row.error],
    ['status.completedAt', seconds(status.completedAt), row.completedAt],
    ['status.expiresAt', seconds(status.expiresAt), row.expiresAt],
  ];
  return [
    ...pairs.filter(([, shown, stored]) => shown !== stored).map(([field, shown, stored]) => `${name}: ${field} is ${String(shown)}, the row says ${String(stored)}`),
    ...(sameValue(status.result, row.result) ? [] : [`${name}: status.result is not the row's`]),
  ];
}

function seconds(time: string | undefined): number | null {
  return time === undefined ? null : Date.parse(time) / 1000;
}
