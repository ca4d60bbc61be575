/** What becomes of the Events for `kubectl describe`: some are dropped under load. */
import { Counter, type Registry } from 'prom-client';
import { EVENT_FATES, type EventFate } from '../../engine/event-recorder.ts';

export interface EventMetrics {
  /** An Event was sent, or never will be. */
  eventFate(fate: EventFate): void;
}

export function eventMetrics(registry: Registry): EventMetrics {
  const events = new Counter({
    name: 'jobs_operator_events_total',
    help: 'Events by what became of them; all but the sent ones are missing from kubectl describe.',
    labelNames: ['fate'] as const,
    registers: [registry],
  });
  for (const fate of EVENT_FATES) events.inc({ fate }, 0);
  return { eventFate: (fate) => events.inc({ fate }) };
}
