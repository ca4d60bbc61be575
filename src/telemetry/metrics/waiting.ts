/** How long Jobs wait, by those that wait longest; found at each scrape in what the cache holds. */
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../engine/clock.ts';
import type { Condition, Phase } from '../../job/resource.ts';
import { JOB_TYPES, type JobType } from '../../job/row.ts';
import { NO_PHASE } from './jobs.ts';

export interface WaitingJob {
  /** RFC 3339, whole seconds, in UTC: as text these are in the order of time. */
  readonly creationTimestamp: string;
  readonly spec: { readonly type: JobType };
  readonly status: {
    readonly phase: Phase | undefined;
    readonly createdAt: string | undefined;
    readonly startedAt: string | undefined;
    readonly conditions: readonly Pick<Condition, 'type' | 'status'>[];
  };
}

export interface WaitingSource {
  jobs(): Iterable<WaitingJob>;
  /** When the feed found the oldest change that no status shows yet; monotonic ms. */
  oldestChangeFoundAt(): number | undefined;
}

/** Finished Jobs wait for nothing. */
const UNFINISHED = [NO_PHASE, 'Pending', 'Running'] as const;
const LABELS = JOB_TYPES.flatMap((type) => UNFINISHED.map((phase) => ({ type, phase })));

/** @returns what to call with the source; without it everything stays at zero */
export function waitingMetrics(registry: Registry, clock: Pick<Clock, 'now' | 'monotonic'>): (source: WaitingSource) => void {
  let source: WaitingSource = { jobs: () => [], oldestChangeFoundAt: () => undefined };
  const ages = new Gauge({
    name: 'jobs_operator_oldest_job_age_seconds',
    help: 'For how long the oldest Job has been waiting to be accepted (phase None) or for a worker (Pending), or running; 0 when there is none. Stalled ones do not count.',
    labelNames: ['type', 'phase'] as const,
    registers: [registry],
    collect() {
      const since = oldest(source.jobs());
      for (const labels of LABELS) {
        const time = since.get(`${labels.type}/${labels.phase}`);
        this.set(labels, time === undefined ? 0 : Math.max(0, (clock.now() - Date.parse(time)) / 1000));
      }
    },
  });
  for (const labels of LABELS) ages.set(labels, 0);
  registry.registerMetric(
    new Gauge({
      name: 'jobs_operator_oldest_unshown_change_seconds',
      help: 'How long ago the feed found the oldest change that no status shows yet; 0 when all are shown.',
      registers: [],
      collect() {
        const foundAt = source.oldestChangeFoundAt();
        this.set(foundAt === undefined ? 0 : (clock.monotonic() - foundAt) / 1000);
      },
    }),
  );
  return (next) => void (source = next);
}

/** By type and phase: since when. */
function oldest(jobs: Iterable<WaitingJob>): ReadonlyMap<string, string> {
  const since = new Map<string, string>();
  for (const job of jobs) {
    const time = waitingSince(job);
    if (time === undefined || isStalled(job)) continue;
    const key = `${job.spec.type}/${job.status.phase ?? NO_PHASE}`;
    const known = since.get(key);
    if (known === undefined || time < known) since.set(key, time);
  }
  return since;
}

function waitingSince({ creationTimestamp, status }: WaitingJob): string | undefined {
  switch (status.phase) {
    case undefined:
      return creationTimestamp;
    case 'Pending':
      return status.createdAt ?? creationTimestamp;
    case 'Running':
      return status.startedAt ?? status.createdAt ?? creationTimestamp;
    case 'Completed':
    case 'Failed':
    case 'Cancelled':
      return undefined;
  }
}

/** It waits for a person: it was refused, or its row is gone. */
function isStalled({ status }: WaitingJob): boolean {
  return status.conditions.some((condition) => condition.type === 'Stalled' && condition.status === 'True');
}
