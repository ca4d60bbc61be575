/**
 * When two looks at a row showed the same.
 *
 * A fingerprint has two parts. The head (`lightFingerprint`) is made of columns that the index scans of
 * the change feed read for every row. The tail adds checksums of result and error, which only look-ups by key pay for.
 *
 * The tail is there because `updated_at` has whole seconds, and because it is the time at which an UPDATE
 * started, not the one at which it committed: a worker may write a result twice in one second, or commit
 * a change with the stamp of one that was seen long ago. The head misses both; the full pass, which compares
 * the whole, finds them within a minute.
 */
import { FINISHED_STATUSES } from '../job/row.ts';
import type { JobRow } from '../job/row.ts';

/** The columns that an index scan reads. */
export type LightRow = Pick<JobRow, 'jobId' | 'status' | 'progress' | 'updatedAt' | 'completedAt' | 'ttlExpiresAt'>;

/** CRC-32 of the text of both columns, null where the column is NULL, 2^32 for a result that is surely too large to be shown. */
export interface Checksums {
  readonly resultCrc: number | null;
  readonly errorCrc: number | null;
}

/** What the feed remembers of a job whose row was looked for and not found. */
export const NO_ROW = 'none';

/** The head, closed by `;`, so that no head is the beginning of another. */
export function lightFingerprint(row: LightRow): string {
  return `${row.status},${text(row.progress)},${text(row.updatedAt)},${text(row.completedAt)},${text(row.ttlExpiresAt)};`;
}

export function fingerprint(row: LightRow, checksums: Checksums): string {
  return `${lightFingerprint(row)}${text(checksums.resultCrc)},${text(checksums.errorCrc)}`;
}

/** Whether a scan's row is the one that this fingerprint was taken of, as far as a scan can tell. */
export function sameHead(known: string, row: LightRow): boolean {
  return known.startsWith(lightFingerprint(row));
}

/** What the digest of running rows is made of; `RUNNING_TEXT` (statements/columns.ts) is the same on the server. */
export function runningText(jobId: string, known: string): string {
  return `${jobId},${known.slice(0, known.indexOf(';'))}`;
}

/** Whether this fingerprint was taken of a running row. */
export function isRunningFingerprint(known: string): boolean {
  return known.startsWith('running,');
}

/** Whether this fingerprint was taken of a row with neither a result nor an error. */
export function hasNoOutcome(known: string): boolean {
  return known.endsWith(';-,-');
}

/** Whether this fingerprint was taken of a finished row. */
export function isFinishedFingerprint(known: string): boolean {
  return FINISHED_STATUSES.some((status) => known.startsWith(`${status},`));
}

/** The status in a fingerprint, and its progress, as text. */
export function fingerprintStart(known: string): { readonly status: string; readonly progress: string } {
  const [status = '', progress = ''] = known.split(',', 2);
  return { status, progress };
}

function text(value: number | null): string {
  return value === null ? '-' : String(value);
}
