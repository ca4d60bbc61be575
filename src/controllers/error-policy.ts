/** What follows a failed reconcile: again later, again when the other side is back, or not until something changes. */
import type { ErrorContext, ErrorVerdict } from '../engine/controller.ts';
import { hasCode, OperatorError } from '../errors.ts';
import { writeRefused } from '../job/event.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { JobCache } from './job-cache.ts';
import { jobFields } from './job-log.ts';
import type { Availability, Events } from './ports.ts';

/** Nothing but a change of the resource helps, but a change of the server's limits would not be noticed: looked at this rarely. */
const HOPELESS_RETRY_MS = 600_000;

/** Both sides of the operator, as those see them who ask. */
export interface Sides {
  readonly database: Availability;
  readonly apiServer: Availability;
}

export function verdictOn(error: unknown, { database, apiServer }: Sides): ErrorVerdict {
  // Not one of ours: a bug. It is logged as such, and the key is tried again at its back-off.
  if (!(error instanceof OperatorError)) return { kind: 'retry' };
  // It failed for each attempt that transport makes, and everybody else has failed since.
  if ((hasCode(error, 'API_UNAVAILABLE') || hasCode(error, 'API_UNAUTHORIZED')) && apiServer.isDown()) return { kind: 'park' };
  switch (error.retry) {
    case 'when-available':
      // A single broken connection is no outage, and a server that only refuses writes is not away.
      return database.isDown() ? { kind: 'park' } : { kind: 'retry' };
    case 'never':
      return { kind: 'after', afterMs: HOPELESS_RETRY_MS };
    case 'backoff':
      return error.retryAfterMs === undefined ? { kind: 'retry' } : { kind: 'after', afterMs: error.retryAfterMs };
  }
}

export interface FailureLogParts {
  readonly cache: Pick<JobCache, 'get'>;
  readonly logger: Logger;
}

/** The attempts that a broken connection may cost before it is worth a line of each Job: after the second it is known whether it was an outage. */
const QUIET_DATABASE_FAILURES = 2;

/** Says it once, then at each doubling of the attempts; an outage of the database is told by its prober, not by every Job. */
export function logFailure(error: unknown, uid: string, verdict: ErrorVerdict, context: ErrorContext, { cache, logger }: FailureLogParts): void {
  const job = cache.get(uid)?.job;
  const fields = { ...(job === undefined ? { job: uid } : jobFields(job)), reconcileId: context.reconcileId, failures: context.failures + 1, error };
  if (!(error instanceof OperatorError)) logger.error(fields, 'a defect: the reconcile failed in a way that was not foreseen');
  else if (verdict.kind === 'park' || hasCode(error, 'API_CONFLICT') || isFirstDoubt(error, context.failures)) logger.debug(fields, 'the reconcile is tried again');
  else logger[isPowerOfTwo(context.failures + 1) ? 'warn' : 'debug'](fields, 'the reconcile failed and is tried again');
}

export interface RefusalTellerParts {
  readonly cache: Pick<JobCache, 'get'>;
  readonly events: Events;
}

/** Attempts, over half a second, after which a refusal is no matter of the moment in which a definition or a policy is replaced. */
const LASTING_REFUSALS = 8;

/**
 * Tells the owner of a Job that nothing can be written to it: the log is not theirs to read, and a condition would be refused like the rest. At each
 * doubling of the attempts, as in the log, so that the Event does not expire before its cause.
 */
export function tellRefusal(error: unknown, uid: string, { failures }: ErrorContext, { cache, events }: RefusalTellerParts): void {
  // Without a status it is no answer: something came that cannot be understood.
  if (!hasCode(error, 'API_INVALID') || error.status === undefined) return;
  const job = cache.get(uid)?.job;
  const attempts = failures + 1;
  if (job !== undefined && attempts >= LASTING_REFUSALS && isPowerOfTwo(attempts)) events.tell(job, writeRefused(error.message));
}

function isFirstDoubt(error: OperatorError, failures: number): boolean {
  return failures < QUIET_DATABASE_FAILURES && (hasCode(error, 'DATABASE_UNAVAILABLE') || hasCode(error, 'DATABASE_LOGIN_REFUSED'));
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
