/** When a request is sent again, and after how long: a pure rule. */

/** How a request failed. */
export type Failure =
  /** The server answered. */
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterMs: number | undefined }
  /** No connection came about: the server has not seen the request. */
  | { readonly kind: 'not-sent' }
  /** The connection broke: the server may have carried the request out, or closed an idle connection just then. */
  | { readonly kind: 'broken' };

/** Enough to ride out an idle connection that was closed, or a server being rolled; an outage is the callers' affair. */
const MAX_ATTEMPTS = 4;

/** A longer pause is handed to the caller, who can do something else meanwhile. */
const LONGEST_WAIT_MS = 5_000;

const FIRST_BACKOFF_MS = 100;

/**
 * Milliseconds to wait before the next attempt, or undefined to give up.
 *
 * @param attempt how many times it was sent, from 1
 * @param repeatable sending it twice does no harm: a read, or a write that carries a precondition
 * @param random 0 to 1
 */
export function retryDelayMs(failure: Failure, attempt: number, repeatable: boolean, random: number): number | undefined {
  if (attempt >= MAX_ATTEMPTS) return undefined;
  const backoff = FIRST_BACKOFF_MS * 4 ** (attempt - 1) * (0.5 + random);
  if (failure.kind === 'not-sent') return backoff;
  if (failure.kind === 'broken') {
    if (!repeatable) return undefined;
    // Most likely the server closed a connection that had been idle: a new one will do, at once.
    return attempt === 1 ? 0 : backoff;
  }
  // A 429 is given before anything is done; the others may have done it.
  if (failure.status !== 429 && !(repeatable && isPassing(failure))) return undefined;
  // Everybody was told the same pause: spread the return over another fifth of it.
  const wait = Math.max(backoff, (failure.retryAfterMs ?? 0) * (1 + random / 5));
  return wait <= LONGEST_WAIT_MS ? wait : undefined;
}

function isPassing({ status, retryAfterMs }: { readonly status: number; readonly retryAfterMs: number | undefined }): boolean {
  return status === 502 || status === 503 || status === 504 || (status >= 500 && retryAfterMs !== undefined);
}
