/** What becomes of a changed row on its way into a status. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { WriteReason } from '../../job/action.ts';
import type { Phase } from '../../job/resource.ts';
import { JOB_TYPES, type JobType } from '../../job/row.ts';

export interface WrittenJob {
  readonly spec: { readonly type: JobType };
  readonly status: { readonly phase: Phase | undefined };
}

export interface StatusMetrics {
  /** @param job as it shows itself now */
  statusWritten(reason: WriteReason, job: WrittenJob): void;
  /** @param seconds from the look that found the changed row to the status that shows it */
  rowShown(seconds: number): void;
}

const ENDS = ['Completed', 'Failed', 'Cancelled'] as const satisfies readonly Phase[];
const REASONS: readonly WriteReason[] = ['accepted', 'phase', 'progress', 'finished', 'other'];
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300];

export function statusMetrics(registry: Registry): StatusMetrics {
  const registers = [registry];
  const writes = new Counter({
    name: 'jobs_operator_status_writes_total',
    help: 'Status writes by what they were for.',
    labelNames: ['reason'] as const,
    registers,
  });
  for (const reason of REASONS) writes.inc({ reason }, 0);
  const finished = new Counter({
    name: 'jobs_operator_jobs_finished_total',
    help: 'Jobs whose end was shown, by type and phase; not those that had ended before they were accepted.',
    labelNames: ['type', 'phase'] as const,
    registers,
  });
  for (const type of JOB_TYPES) for (const phase of ENDS) finished.inc({ type, phase }, 0);
  const latency = new Histogram({
    name: 'jobs_operator_row_to_status_seconds',
    help: 'From finding a changed row to the status that shows it.',
    buckets: BUCKETS,
    registers,
  });
  return {
    statusWritten(reason, { spec, status }) {
      writes.inc({ reason });
      if (reason === 'finished' && status.phase !== undefined) finished.inc({ type: spec.type, phase: status.phase });
    },
    rowShown: (seconds) => latency.observe(seconds),
  };
}
