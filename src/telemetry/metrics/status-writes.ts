/** What becomes of a changed row on its way into a status. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { WriteReason } from '../../job/action.ts';

export interface StatusMetrics {
  statusWritten(reason: WriteReason): void;
  /** @param seconds from the look that found the changed row to the status that shows it */
  rowShown(seconds: number): void;
}

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
  const latency = new Histogram({
    name: 'jobs_operator_row_to_status_seconds',
    help: 'From finding a changed row to the status that shows it.',
    buckets: BUCKETS,
    registers,
  });
  return {
    statusWritten: (reason) => writes.inc({ reason }),
    rowShown: (seconds) => latency.observe(seconds),
  };
}
