/** Row -> status: what the resource is to show, whether it shows it already, and its text for the API server. */
import { digest } from '../json/canonical.ts';
import { isDeeperThan } from '../json/depth.ts';
import {
  rfc3339,
  rowConditions,
  settleConditions,
  stalledConditions,
  syncedFalse,
  syncedTrue,
  syncedUnknown,
} from './conditions.ts';
import type { ConditionDraft } from './conditions.ts';
import type { Condition, JobResource, Phase, ShownStatus } from './resource.ts';
import { ERROR_LIMIT_BYTES, isFinished, RESULT_LIMIT_BYTES, RESULT_LIMIT_LEVELS } from './row.ts';
import type { JobRow, RowStatus, Tombstone } from './row.ts';

/** A status as it is to be written: what the cache keeps of one, and the result's text besides. */
export interface StatusDraft extends ShownStatus {
  /**
   * `whole` replaces the status (a merge patch would drop nulls and mix an old result into a new one).
   * `conditions` replaces the conditions and `observedGeneration` alone, for verdicts that do not come
   * from a row: the cache does not keep the result's text, and the outcome shown has to stand.
   */
  readonly scope: 'whole' | 'conditions';
  /** JSON text as MySQL printed it. */
  readonly result: string | undefined;
}

const PHASE_OF: Record<RowStatus, Phase> = {
  pending: 'Pending',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export function isFinishedPhase(phase: Phase | undefined): boolean {
  return phase === 'Completed' || phase === 'Failed' || phase === 'Cancelled';
}

const MEGABYTE = 1_000_000;

/** Exact where it may be near the limit; above, a worker that writes on and on should not make a new message each time. */
function sizeInWords(bytes: number): string {
  return bytes < MEGABYTE ? `${bytes} bytes` : `${Math.round(bytes / MEGABYTE)} MB`;
}

/**
 * The status that shows this row.
 *
 * @param now wall clock in milliseconds, for `lastTransitionTime`
 * @param omitResult the API server refused the object with the result in it
 */
export function statusOfRow(job: JobResource, row: JobRow, now: number, omitResult = false): StatusDraft {
  const tooLarge = omitResult || row.resultBytes > RESULT_LIMIT_BYTES;
  // A top-level null reads the same as no result, and the API server would drop it anyway.
  const stored = tooLarge || row.result === null || row.result.trim() === 'null' ? undefined : row.result;
  const resultDigest = stored === undefined ? undefined : digestOf(stored);
  const result = resultDigest === undefined ? undefined : stored;
  return {
    scope: 'whole',
    observedGeneration: job.generation,
    jobId: row.jobId,
    phase: PHASE_OF[row.status],
    progress: shownProgress(row),
    result,
    resultDigest,
    error: row.error === null ? undefined : truncateUtf8(row.error, ERROR_LIMIT_BYTES),
    createdAt: time(row.createdAt),
    startedAt: job.status.startedAt ?? (row.status === 'running' ? time(row.updatedAt) : undefined),
    completedAt: time(row.completedAt),
    expiresAt: time(row.ttlExpiresAt),
    conditions: settleConditions(
      [...rowConditions(row, cancelAsked(job)), syncedWithRow(row, tooLarge, stored !== result)],
      job.status.conditions,
      job.generation,
      now,
    ),
  };
}

/** A look for what one could be spelled by, before the whole is parsed. */
function holdsHugeNumber(result: string): boolean {
  if (!/[eE]\+?\d{3}|\d{309}/.test(result)) return false;
  let found = false;
  JSON.parse(result, (_key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) found = true;
    return value;
  });
  return found;
}

function syncedWithRow({ jobId, resultBytes }: JobRow, tooLarge: boolean, unreadable: boolean): ConditionDraft {
  if (tooLarge) return syncedFalse('ResultTooLarge', `The result (${sizeInWords(resultBytes)}) is too large to be shown; the row ${jobId} has it.`);
  if (unreadable) return syncedFalse('ResultUnreadable', `The result is not JSON that a status can hold; the row ${jobId} has it.`);
  return syncedTrue();
}

/**
 * Undefined for what no API server stores: text that is not JSON, numbers beyond a double, and what is nested too deep. MariaDB keeps some
 * ("1.", "\x", 1e400), and any in a column without a check.
 */
function digestOf(result: string): string | undefined {
  try {
    return isDeeperThan(result, RESULT_LIMIT_LEVELS) || holdsHugeNumber(result) ? undefined : digest(result);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The status that shows what is left of a removed row. One that was removed before it finished was cancelled by that.
 *
 * @param omitResult the API server refused the object with the result in it
 */
export function statusOfTombstone(job: JobResource, tombstone: Tombstone, now: number, omitResult = false): StatusDraft {
  const status = isFinished(tombstone.status) ? tombstone.status : 'cancelled';
  const row: JobRow = { ...tombstone, status, progress: job.status.progress ?? null, updatedAt: null, fingerprint: '' };
  const synced = rowRemoved();
  return {
    ...statusOfRow(job, row, now, omitResult),
    conditions: settleConditions([...rowConditions(row, cancelAsked(job)), synced], job.status.conditions, job.generation, now),
  };
}

/** The spec asked for it, or the deletion did: that of a Job which retains its row asks for nothing. */
function cancelAsked({ spec, deleting }: JobResource): boolean {
  return spec.cancel || (deleting && spec.deletionPolicy !== 'Retain');
}

/** The status of a Job that cannot be accepted: no row, no phase, a reason. */
export function statusOfRefusal(job: JobResource, reason: string, message: string, now: number): StatusDraft {
  return conditionsOnly(job, stalledConditions(reason, message), now);
}

/** The status of a Job whose row went away before it finished. */
export function statusOfMissingRow(job: JobResource, now: number): StatusDraft {
  const what = job.status.phase === undefined ? 'and what this status said of it is lost' : 'although the job had not finished';
  const message = `The row ${job.status.jobId} is gone ${what}. It is not run again: create a new Job if it should be.`;
  return conditionsOnly(job, [...stalledConditions('RowMissing', message), syncedFalse('RowMissing', message)], now);
}

/** The status of a Job that finished and whose row is gone: the outcome stands, and Synced says why it is alone. */
export function statusOfGoneRow(job: JobResource, reason: 'Expired' | 'RowMissing', now: number): StatusDraft {
  const synced = reason === 'Expired' ? rowRemoved() : syncedFalse('RowMissing', 'The row is gone before its time to live had passed.');
  return withSynced(job, synced, now);
}

/** The row was found to be gone, and the status says so. */
export function isShownAsGone(job: JobResource): boolean {
  return job.status.conditions.some(({ type, status, reason }) => type === 'Synced' && status === 'False' && (reason === 'Expired' || reason === 'RowMissing'));
}

/** In one wording, whoever finds it: a status that says so already is left alone. */
function rowRemoved(): ConditionDraft {
  return syncedFalse('Expired', 'The row was removed after its time to live; the outcome shown here stands.');
}

/** The status of a deletion that waits for the database. */
export function statusOfWaitingDeletion(job: JobResource, now: number): StatusDraft {
  return withSynced(
    job,
    syncedUnknown('The deletion waits for the database; it goes on by itself when the database answers.'),
    now,
  );
}

/** The status of a resource that is let go without a word from the database. */
export function statusOfRelease(job: JobResource, now: number): StatusDraft {
  return withSynced(job, syncedFalse('Released', 'Released by annotation while the database did not answer; the row was left as it is.'), now);
}

function withSynced(job: JobResource, synced: ConditionDraft, now: number): StatusDraft {
  const others = job.status.conditions.filter(({ type }) => type !== 'Synced');
  return conditionsOnly(job, [...others, synced], now);
}

function conditionsOnly(job: JobResource, drafts: readonly ConditionDraft[], now: number): StatusDraft {
  return {
    ...job.status,
    scope: 'conditions',
    result: undefined,
    observedGeneration: job.generation,
    conditions: settleConditions(drafts, job.status.conditions, job.generation, now),
  };
}

/** What differs between a draft and what the resource shows: nothing, the progress alone, or more. */
export function difference(draft: StatusDraft, shown: ShownStatus): 'none' | 'progress' | 'more' {
  const same =
    draft.observedGeneration === shown.observedGeneration &&
    draft.jobId === shown.jobId &&
    draft.phase === shown.phase &&
    draft.error === shown.error &&
    draft.resultDigest === shown.resultDigest &&
    draft.createdAt === shown.createdAt &&
    draft.startedAt === shown.startedAt &&
    draft.completedAt === shown.completedAt &&
    draft.expiresAt === shown.expiresAt &&
    sameConditions(draft.conditions, shown.conditions);
  if (!same) return 'more';
  return draft.progress === shown.progress ? 'none' : 'progress';
}

function sameConditions(left: readonly Condition[], right: readonly Condition[]): boolean {
  return (
    left.length === right.length &&
    left.every((one) => {
      const other = right.find(({ type }) => type === one.type);
      return (
        other !== undefined &&
        one.status === other.status &&
        one.reason === other.reason &&
        one.message === other.message &&
        one.observedGeneration === other.observedGeneration
      );
    })
  );
}

/** 100 if and only if completed; else the row's, clamped to 0–99, NULL as 0. */
function shownProgress(row: JobRow): number {
  if (row.status === 'completed') return 100;
  return Math.min(99, Math.max(0, Math.trunc(row.progress ?? 0)));
}

function time(unixSeconds: number | null): string | undefined {
  return unixSeconds === null ? undefined : rfc3339(unixSeconds);
}

const ELLIPSIS = '…';

/** At most `limit` bytes of UTF-8, never half a character, the ellipsis included where something was cut. */
export function truncateUtf8(text: string, limit: number): string {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  let bytes = limit - Buffer.byteLength(ELLIPSIS);
  let end = 0;
  for (const character of text) {
    bytes -= Buffer.byteLength(character);
    if (bytes < 0) break;
    end += character.length;
  }
  return text.slice(0, end) + ELLIPSIS;
}
