/** client-go's count of requests to the API server. */
import { Counter, type Registry } from 'prom-client';
import type { AttemptOutcome } from '../../kubernetes/transport.ts';

export interface RestClientMetrics {
  /** One attempt of one request; several may belong to one call. */
  attempted(outcome: AttemptOutcome): void;
}

/** Known from the start, so that a rate over them does not begin with a gap. */
const USUAL_ANSWERS: readonly (readonly [method: string, codes: readonly string[]])[] = [
  ['GET', ['200', '404', '410']],
  ['PATCH', ['200', '404', '409']],
  ['PUT', ['200', '404', '409']],
  ['POST', ['201', '409']],
  ['DELETE', ['200', '404', '409']],
];
const USUAL_TROUBLE = ['<error>', '401', '403', '429', '500', '503'];

export function restClientMetrics(registry: Registry): RestClientMetrics {
  const requests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code and method.',
    labelNames: ['code', 'method'] as const,
    registers: [registry],
  });
  for (const [method, codes] of USUAL_ANSWERS) {
    for (const code of [...codes, ...USUAL_TROUBLE]) requests.inc({ code, method }, 0);
  }
  return { attempted: ({ method, code }) => requests.inc({ method, code }) };
}
