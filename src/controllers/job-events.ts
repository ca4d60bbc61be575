/** What happened to a Job, for `kubectl describe`. */
import type { Clock } from '../engine/clock.ts';
import { EventRecorder } from '../engine/event-recorder.ts';
import type { EventFate, EventSink } from '../engine/event-recorder.ts';
import { hasCode } from '../errors.ts';
import { API_VERSION, GROUP, KIND } from '../job/resource.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Events } from './ports.ts';

/** Told what became of each Event, for the metrics. */
export interface EventObserver {
  eventFate(fate: EventFate): void;
}

export interface JobEventsParts {
  readonly sink: EventSink;
  /** Which process tells it: the pod's name. */
  readonly instance: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: EventObserver;
}

export interface JobEvents extends Events {
  /** Sends what it can within so many milliseconds. */
  stop(deadlineMs: number): Promise<void>;
}

/** In a terminating namespace, and in one that is gone, nobody reads Events any more. */
const nobodyListens = (error: unknown): boolean => hasCode(error, 'API_FORBIDDEN') || hasCode(error, 'API_NOT_FOUND');

export function createJobEvents({ sink, instance, clock, logger, observer }: JobEventsParts): JobEvents {
  const recorder = new EventRecorder({
    sink,
    reporter: { controller: `${GROUP}/jobs-operator`, instance },
    clock,
    isRefusal: nobodyListens,
    onFate(fate, error) {
      observer.eventFate(fate);
      if (fate !== 'sent') logger.debug({ fate, error }, 'an Event was not told');
    },
  });
  return {
    tell({ namespace, name, uid, resourceVersion }, event) {
      recorder.record({ regarding: { apiVersion: API_VERSION, kind: KIND, namespace, name, uid, resourceVersion }, ...event });
    },
    stop: (deadlineMs) => recorder.stop(deadlineMs),
  };
}
