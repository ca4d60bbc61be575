/** Whether resources say what their rows say: the comparison that an outsider makes, by the contract's section 1. */

import { isDeepStrictEqual } from 'node:util';
import { waitFor } from '../../support/stack.ts';
import { rowIdOf } from './jobs.ts';
import type { Job, Jobs } from './jobs.ts';
import type { Row, Rows } from './rows.ts';

/** What a resource and its row do not agree on, a sentence each. */
export function disagreements(job: Job, row: Row | undefined): readonly string[] {
  const { metadata, spec, status } = job;
  if (row === undefined) return [`${metadata.name} has no row`];
  const unfinished = row.status === 'pending' || row.status === 'running';
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['type', spec.type, row.type],
    ['requestPayload', spec.requestPayload, JSON.parse(row.request_payload)],
    ['status.jobId', status.jobId, row.job_id],
    ['status.observedGeneration', status.observedGeneration, metadata.generation],
    ['status.phase', status.phase?.toLowerCase(), row.status],
    ['status.progress', status.progress, row.status === 'completed' ? 100 : Math.min(99, Math.max(0, row.progress ?? 0))],
    ['status.result', status.result ?? null, row.result === null ? null : JSON.parse(row.result)],
    ['status.error', status.error ?? null, row.error],
    ['status.createdAt', unixSeconds(status.createdAt), row.created_at],
    ['status.completedAt', unixSeconds(status.completedAt), row.completed_at],
    ['status.expiresAt', unixSeconds(status.expiresAt), row.ttl_expires_at],
    ['Complete', condition(job, 'Complete'), row.status === 'completed' ? 'True' : 'False'],
    ['Failed', condition(job, 'Failed'), row.status === 'failed' || row.status === 'cancelled' ? 'True' : 'False'],
    ['Reconciling', condition(job, 'Reconciling'), unfinished ? 'True' : undefined],
    ['Synced', condition(job, 'Synced'), 'True'],
  ];
  return pairs
    .filter(([, shown, stored]) => !isDeepStrictEqual(shown, stored))
    .map(([field, shown, stored]) => `${metadata.name}: ${field} is ${JSON.stringify(shown)}, by the row ${JSON.stringify(stored)}`);
}

/** Waits until every Job of the namespace agrees with its row, and returns them with their rows. */
export async function untilAllAgree(
  jobs: Jobs,
  rows: Rows,
  timeoutMs = 20_000,
): Promise<readonly { readonly job: Job; readonly row: Row }[]> {
  const agreed = await waitFor(
    async () => {
      const resources = await jobs.list();
      const table = new Map((await rows.all()).map((row) => [row.job_id, row]));
      const problems = resources.flatMap((job) => disagreements(job, table.get(rowIdOf(job))));
      if (problems.length > 0) throw new Error(`${problems.length} differences, among them: ${problems.slice(0, 3).join('; ')}`);
      return { resources, table };
    },
    { what: 'all statuses to say what the rows say', timeoutMs, intervalMs: 200 },
  );
  return agreed.resources.flatMap((job) => {
    const row = agreed.table.get(rowIdOf(job));
    return row === undefined ? [] : [{ job, row }];
  });
}

function condition(job: Job, type: string): string | undefined {
  return job.status.conditions?.find((one) => one.type === type)?.status;
}

function unixSeconds(time: string | undefined): number | null {
  return time === undefined ? null : Date.parse(time) / 1000;
}
