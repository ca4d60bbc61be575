/** Whether a resource says what its row says: the comparison that an outsider makes, by the contract's section 1. */

import { isDeepStrictEqual } from 'node:util';
import type { Row } from './row.ts';

/** A Job as the API server has it, as far as it is compared. */
export interface ShownJob {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly type?: unknown; readonly requestPayload?: unknown };
  readonly status: {
    readonly observedGeneration: number;
    readonly jobId?: string;
    readonly phase?: string;
    readonly progress?: number;
    readonly result?: unknown;
    readonly error?: string;
    readonly createdAt?: string;
    readonly completedAt?: string;
    readonly expiresAt?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[];
  };
}

/** 100 if and only if completed; else the row's, clamped to 0–99, NULL as 0. */
export function progressOf(row: Pick<Row, 'status' | 'progress'>): number {
  return row.status === 'completed' ? 100 : Math.min(99, Math.max(0, row.progress ?? 0));
}

/** What a resource and its row do not agree on, a sentence each. */
export function disagreements(job: ShownJob, row: Row | undefined): readonly string[] {
  const { metadata, spec, status } = job;
  if (row === undefined) return [`${metadata.name} has no row`];
  const unfinished = row.status === 'pending' || row.status === 'running';
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['type', spec.type, row.type],
    ['requestPayload', spec.requestPayload, JSON.parse(row.request_payload)],
    ['status.jobId', status.jobId, row.job_id],
    ['status.observedGeneration', status.observedGeneration, metadata.generation],
    ['status.phase', status.phase?.toLowerCase(), row.status],
    ['status.progress', status.progress, progressOf(row)],
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

function condition(job: ShownJob, type: string): string | undefined {
  return job.status.conditions?.find((one) => one.type === type)?.status;
}

function unixSeconds(time: string | undefined): number | null {
  return time === undefined ? null : Date.parse(time) / 1000;
}
