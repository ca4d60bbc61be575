/** The API server's side of the operator: one transport, the watched Jobs of each namespace, writes and Events. */
import { hostname } from 'node:os';
import type { WatchSettings } from '../config.ts';
import type { JobCache } from '../controllers/job-cache.ts';
import { createJobEvents } from '../controllers/job-events.ts';
import type { EventObserver, JobEvents } from '../controllers/job-events.ts';
import { createJobReflector } from '../controllers/job-reflector.ts';
import type { Jobs } from '../controllers/ports.ts';
import type { LiveJobs } from '../controllers/ttl-sweeper.ts';
import type { Clock } from '../engine/clock.ts';
import type { JobResource } from '../job/resource.ts';
import { createEventSink } from '../kubernetes/event-sink.ts';
import { createJobClient } from '../kubernetes/job-client.ts';
import { createJobCollection } from '../kubernetes/job-collection.ts';
import type { Absence } from '../kubernetes/reachability.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { Logger } from '../telemetry/logger.ts';

/** After a shorter absence a watch is not mistrusted: one request that failed must not cost each watch its connection. */
const MISTRUST_MS = 5_000;

export interface ClusterSideParts {
  readonly transport: Transport;
  readonly watch: WatchSettings;
  readonly cache: JobCache;
  /** The watch says that a Job was deleted, or has left the selection. */
  readonly onDeleted: (job: JobResource) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventObserver;
  /** When it aborts, requests under way are given up. */
  readonly cut: AbortSignal;
}

export interface ClusterSide {
  readonly jobs: Jobs;
  readonly events: JobEvents;
  /** The cache holds all watched Jobs. */
  synced(): boolean;
  /** Every watched Job, live: a list for each namespace. */
  listLive(): Promise<readonly LiveJobs[]>;
  /** The API server answers again: watches go on at once. */
  serverReturned(absence: Absence): void;
  /** Keeps the cache equal to the API server until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createClusterSide({ transport, watch, cache, onDeleted, clock, logger, events, cut }: ClusterSideParts): ClusterSide {
  const namespaces = watch.namespaces.length === 0 ? [undefined] : watch.namespaces;
  const collections = namespaces.map((namespace) => {
    const jobs = createJobCollection(transport, { namespace, labelSelector: watch.labelSelector }, (error) =>
      logger.error({ error, namespace }, 'a Job cannot be understood and is left out'),
    );
    return { jobs, reflector: createJobReflector({ listWatch: jobs, cache, onDeleted, namespace, clock, logger }) };
  });
  return {
    jobs: createJobClient(transport, cut),
    events: createJobEvents({ sink: createEventSink(transport), instance: hostname(), clock, logger, observer: events }),
    synced: () => collections.every(({ reflector }) => reflector.hasSynced()),
    listLive: () => Promise.all(collections.map(({ jobs }) => jobs.snapshot(cut))),
    serverReturned({ failedAt, lastedMs }) {
      for (const { reflector } of collections) reflector.serverReturned(lastedMs >= MISTRUST_MS ? failedAt : undefined);
    },
    async run(signal) {
      await Promise.all(collections.map(({ reflector }) => reflector.run(signal)));
    },
  };
}
