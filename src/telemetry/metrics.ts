/**
 * Every metric of the operator (contract, section 7), all present from the start and at zero, so that a
 * rate or an alert never meets a gap. controller-runtime's names where it has one: existing dashboards work.
 */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Clock } from '../engine/clock.ts';
import { databaseMetrics, type DatabaseMetrics } from './metrics/database.ts';
import { eventMetrics, type EventMetrics } from './metrics/events.ts';
import { feedMetrics, type FeedMetrics } from './metrics/feed.ts';
import { jobsMetrics, type JobsMetrics } from './metrics/jobs.ts';
import { leaderElectionMetrics, type LeaderElectionMetrics } from './metrics/leader-election.ts';
import { reconcileMetrics, type ReconcileMetrics } from './metrics/reconciles.ts';
import { restClientMetrics, type RestClientMetrics } from './metrics/rest-client.ts';
import { statusMetrics, type StatusMetrics } from './metrics/status-writes.ts';
import { sweepMetrics, type SweepMetrics } from './metrics/sweep.ts';
import { waitingMetrics, type WaitingSource } from './metrics/waiting.ts';
import { workQueueMetrics, type WorkQueueMetrics } from './metrics/work-queue.ts';

export interface MetricsOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Also those of Node.js and of the process (default true). */
  readonly processMetrics?: boolean;
}

/** One small observer for each part; each implements what its part tells. */
export interface Metrics {
  workQueue(name: string): WorkQueueMetrics;
  /** @param workers how many reconciles may run at the same time */
  reconciles(controller: string, workers: number): ReconcileMetrics;
  leaderElection(leaseName: string): LeaderElectionMetrics;
  readonly restClient: RestClientMetrics;
  readonly database: DatabaseMetrics;
  readonly feed: FeedMetrics;
  readonly jobs: JobsMetrics;
  /** Without it nobody waits. */
  readWaitingFrom(source: WaitingSource): void;
  readonly status: StatusMetrics;
  readonly events: EventMetrics;
  readonly sweep: SweepMetrics;
  readonly exposition: Exposition;
}

/** What a scrape gets. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/** The event loop's delay is sampled this often (ms): prom-client's own 10 would be a third of an idle process's work. */
const EVENT_LOOP_SAMPLE_MS = 100;

export function createMetrics(options: MetricsOptions): Metrics {
  // A registry of our own: the library's global one would be shared by all instances in a process.
  const registry = new Registry();
  if (options.processMetrics ?? true) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  }
  return {
    workQueue: workQueueMetrics(registry),
    reconciles: reconcileMetrics(registry),
    leaderElection: leaderElectionMetrics(registry),
    restClient: restClientMetrics(registry),
    database: databaseMetrics(registry),
    feed: feedMetrics(registry, options.clock),
    jobs: jobsMetrics(registry),
    readWaitingFrom: waitingMetrics(registry, options.clock),
    status: statusMetrics(registry),
    events: eventMetrics(registry),
    sweep: sweepMetrics(registry, options.clock),
    exposition: { contentType: registry.contentType, text: () => registry.metrics() },
  };
}
