/** What the TTL sweep removes, and what it leaves. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { SweepReport } from '../../controllers/ttl-sweeper.ts';
import type { Clock } from '../../engine/clock.ts';

export interface SweepMetrics {
  /** A run over all expired rows has ended well. */
  swept(report: SweepReport): void;
  /** So many rows have gone; a dry run removes none. */
  removed(count: number): void;
  /** The next run should have begun so many seconds from now. */
  due(inSeconds: number): void;
}

const SKIPPED = {
  unfinished: ({ unfinished }) => unfinished,
  not_shown: ({ notShown }) => notShown,
  foreign_grace: ({ foreignGrace }) => foreignGrace,
} as const satisfies Record<string, (report: SweepReport) => number>;

export function sweepMetrics(registry: Registry, clock: Pick<Clock, 'now'>): SweepMetrics {
  const registers = [registry];
  const deleted = new Counter({ name: 'jobs_operator_ttl_deleted_total', help: 'Expired rows that the sweep has removed.', registers });
  const skipped = new Gauge({
    name: 'jobs_operator_ttl_skipped',
    help: 'Expired rows that the last sweep left, by reason.',
    labelNames: ['reason'] as const,
    registers,
  });
  for (const reason of Object.keys(SKIPPED)) skipped.set({ reason }, 0);
  const lastRun = new Gauge({
    name: 'jobs_operator_ttl_last_run_timestamp_seconds',
    help: 'When a sweep last ended well, Unix time; 0: never.',
    registers,
  });
  const due = new Gauge({
    name: 'jobs_operator_ttl_due_timestamp_seconds',
    help: 'When a sweep is due, Unix time: an interval after the last that ended well, or after this process began to lead; 0: it never led.',
    registers,
  });
  return {
    removed: (count) => deleted.inc(count),
    due: (inSeconds) => due.set(clock.now() / 1000 + inSeconds),
    swept(report) {
      for (const [reason, count] of Object.entries(SKIPPED)) skipped.set({ reason }, count(report));
      lastRun.set(clock.now() / 1000);
    },
  };
}
