/** Feeds the cache from the API server: one reflector per watched namespace, or one for all. */
import type { Clock } from '../engine/clock.ts';
import type { ListWatch, Sink } from '../engine/list-watch.ts';
import { Reflector } from '../engine/reflector.ts';
import { hasCode, OperatorError } from '../errors.ts';
import type { JobResource } from '../job/resource.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { JobCache } from './job-cache.ts';

export interface JobReflectorParts {
  readonly listWatch: ListWatch<JobResource>;
  readonly cache: JobCache;
  /** The watch says that a Job was deleted, or has left the selection. @param job as it was then */
  readonly onDeleted: (job: JobResource) => void;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createJobReflector({ listWatch, cache, onDeleted, namespace, clock, logger }: JobReflectorParts): Reflector<JobResource> {
  const sink: Sink<JobResource> = {
    upsert: (job, initial) => cache.upsert(job, initial),
    // A Job that left the selection looks just like one that is gone: it is forgotten, and its row is left as it is.
    remove(uid, lastKnown) {
      cache.remove(uid);
      if (lastKnown !== undefined) onDeleted(lastKnown);
    },
    uids: () => cache.uids(namespace),
    holds: (uid, resourceVersion) => cache.holds(uid, resourceVersion),
  };
  return new Reflector({
    listWatch,
    sink,
    uid: ({ uid }) => uid,
    clock,
    isGone: (error) => hasCode(error, 'API_GONE'),
    retryAfterMs: (error) => (error instanceof OperatorError ? error.retryAfterMs : undefined),
    onTrouble: ({ error, during, attempt, delayMs, relist }) =>
      logger.warn({ error, namespace, during, attempt, retryMs: Math.round(delayMs), relist }, 'watching the Jobs was interrupted'),
    onDefect: (error, uid) => logger.error({ error, job: uid }, 'a defect in the cache'),
  });
}
