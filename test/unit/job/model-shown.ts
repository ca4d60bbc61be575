/** What a resource has to show of a row, written down here once more so that the code is not its own judge. */
import type { ShownStatus } from '../../../src/job/resource.ts';
import type { JobRow } from '../../../src/job/row.ts';

const iso = (seconds: number | null) => (seconds === null ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);

export function shownOf(row: JobRow): string {
  const progress = row.status === 'completed' ? 100 : Math.min(99, Math.max(0, row.progress ?? 0));
  return JSON.stringify([row.status, progress, row.error, row.result !== null, iso(row.completedAt), iso(row.ttlExpiresAt)]);
}

export function shownBy(status: ShownStatus): string {
  const { phase, progress, error, resultDigest, completedAt, expiresAt } = status;
  return JSON.stringify([phase?.toLowerCase(), progress, error ?? null, resultDigest !== undefined, completedAt, expiresAt]);
}

export function sameStatus(left: ShownStatus, right: ShownStatus): boolean {
  return withoutTimes(left) === withoutTimes(right);
}

/** All of a status but when its conditions last changed, in one order. */
function withoutTimes({ conditions, ...rest }: ShownStatus): string {
  const told = conditions.map(({ lastTransitionTime: _time, ...condition }) => JSON.stringify(condition)).toSorted();
  return JSON.stringify(Object.entries({ ...rest, told }).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
