/** When a row expires: the one rule behind `ttl_expires_at` (contract section 2), and whether a row still has to be stamped. */
import type { JobResource, JobSpec } from './resource.ts';
import { isFinished, ROW_MIN_AGE_SECONDS, TIMESTAMP_MAX } from './row.ts';
import type { JobRow } from './row.ts';
import { isFinishedPhase } from './status.ts';

/**
 * How the column is to be set. The database computes the value from the row it finds, so that a stamp
 * that arrives late still fits the row:
 * - `ttl`: end of the job plus `seconds`, on a finished row;
 * - `default`: the same, and only where there is no value yet;
 * - `clear`: NULL, on an unfinished row;
 * - `removable`: the moment the row is old enough to be removed, on a finished row.
 */
export type TtlStamp =
  | { readonly kind: 'ttl'; readonly seconds: number }
  | { readonly kind: 'default'; readonly seconds: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'removable' };

/**
 * The stamp that this row lacks, or undefined when the column is as it should be.
 *
 * With a TTL in the spec the column is the operator's. Without one a worker's value stands, and the
 * default fills a NULL on a finished row.
 */
export function missingStamp(spec: JobSpec, row: JobRow, defaultTtlSeconds: number | undefined): TtlStamp | undefined {
  const seconds = spec.ttlSecondsAfterFinished;
  if (!isFinished(row.status)) {
    return seconds !== undefined && row.ttlExpiresAt !== null ? { kind: 'clear' } : undefined;
  }
  if (seconds !== undefined) {
    const expected = expiryAfter(row, seconds);
    return expected === undefined || isSameSecond(expected, row.ttlExpiresAt) ? undefined : { kind: 'ttl', seconds };
  }
  if (defaultTtlSeconds === undefined || row.ttlExpiresAt !== null || expiryAfter(row, defaultTtlSeconds) === undefined) return undefined;
  return { kind: 'default', seconds: defaultTtlSeconds };
}

/** An adopted table may keep fractions of a second in one column and not in the other. */
export function isSameSecond(expected: number, stored: number | null): boolean {
  return stored !== null && Math.abs(expected - stored) < 1;
}

/** `GREATEST(COALESCE(completed_at, updated_at), updated_at) + ttl`, capped; undefined when the row has neither time. */
function expiryAfter(row: JobRow, ttlSeconds: number): number | undefined {
  const end = latest(row.completedAt, row.updatedAt);
  return end === undefined ? undefined : Math.min(end + ttlSeconds, TIMESTAMP_MAX);
}

/** The Job is shown as finished, and the expiry shown has passed: its row may have been swept. @param now the database's clock, Unix seconds */
export function hasExpired({ status }: JobResource, now: number): boolean {
  return isFinishedPhase(status.phase) && status.expiresAt !== undefined && Date.parse(status.expiresAt) / 1000 <= now;
}

/** Unix seconds from which a row may be removed: no INSERT that is still on its way can be older. */
export function removableAt(row: JobRow): number {
  return (row.createdAt ?? 0) + ROW_MIN_AGE_SECONDS;
}

function latest(left: number | null, right: number | null): number | undefined {
  if (left === null) return right ?? undefined;
  return right === null ? left : Math.max(left, right);
}
