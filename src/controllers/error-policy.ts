/** What follows a failed reconcile: again later, again when the other side is back, or not until something changes. */
import type { ErrorVerdict } from '../engine/controller.ts';
import { OperatorError } from '../errors.ts';
import type { Availability } from './ports.ts';

/** Nothing but a change of the resource helps, but a change of the server's limits would not be noticed: looked at this rarely. */
const HOPELESS_RETRY_MS = 600_000;

export function verdictOn(error: unknown, database: Availability): ErrorVerdict {
  // Not one of ours: a bug. It is logged as such, and the key is tried again at its back-off.
  if (!(error instanceof OperatorError)) return { kind: 'retry' };
  switch (error.retry) {
    case 'when-available':
      // A single broken connection is no outage; and a server that only refuses writes is never reported as back.
      return database.isDown() ? { kind: 'park' } : { kind: 'retry' };
    case 'never':
      return { kind: 'after', afterMs: HOPELESS_RETRY_MS };
    case 'backoff':
      return error.retryAfterMs === undefined ? { kind: 'retry' } : { kind: 'after', afterMs: error.retryAfterMs };
  }
}
