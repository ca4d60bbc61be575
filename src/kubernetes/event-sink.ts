/** Where Events go: events.k8s.io/v1, next to the object they are about. */
import type { EventSink } from '../engine/event-recorder.ts';
import { hasCode } from '../errors.ts';
import type { Transport } from './transport.ts';

export function createEventSink(transport: Transport): EventSink {
  return {
    async create(event, signal) {
      const namespace = encodeURIComponent(event.metadata.namespace);
      const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
      try {
        await transport.request({ method: 'POST', path, body: JSON.stringify(event), signal });
      } catch (error) {
        // Its name is its own: it arrived before, and only the answer was lost.
        if (!hasCode(error, 'API_CONFLICT')) throw error;
      }
    },
  };
}
