/** How many Jobs there are, and how many have lost their row; counted at each scrape from what the cache holds. */
import { Gauge, type Registry } from 'prom-client';
import { PHASES, type Phase } from '../../job/resource.ts';
import { JOB_TYPES, type JobType } from '../../job/row.ts';

export interface CountedJob {
  readonly spec: { readonly type: JobType };
  readonly status: { readonly phase: Phase | undefined };
}

export interface JobsSource {
  jobs(): Iterable<CountedJob>;
  /** Jobs whose row is gone without explanation. */
  rowsMissing(): number;
}

export interface JobsMetrics {
  /** Without it everything stays at zero. */
  readFrom(source: JobsSource): void;
}

/** The label of Jobs without a phase: not accepted yet, or refused. */
export const NO_PHASE = 'None';
const LABELS = JOB_TYPES.flatMap((type) => [...PHASES, NO_PHASE].map((phase) => ({ type, phase })));

export function jobsMetrics(registry: Registry): JobsMetrics {
  let source: JobsSource = { jobs: () => [], rowsMissing: () => 0 };
  const jobs = new Gauge({
    name: 'jobs_operator_jobs',
    help: 'Watched Jobs by type and phase; phase None is not accepted yet, or refused.',
    labelNames: ['type', 'phase'] as const,
    registers: [registry],
    collect() {
      const counts = new Map<string, number>();
      for (const { spec, status } of source.jobs()) {
        const key = `${spec.type}/${status.phase ?? NO_PHASE}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      for (const labels of LABELS) this.set(labels, counts.get(`${labels.type}/${labels.phase}`) ?? 0);
    },
  });
  for (const labels of LABELS) jobs.set(labels, 0);
  registry.registerMetric(
    new Gauge({
      name: 'jobs_operator_rows_missing',
      help: 'Jobs whose row is gone without having been removed by the operator.',
      registers: [],
      collect() {
        this.set(source.rowsMissing());
      },
    }),
  );
  return { readFrom: (next) => void (source = next) };
}
