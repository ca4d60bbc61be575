/**
 * The conditions of a Job, as metav1.Condition: the table of contract section 1, one function per situation.
 *
 * kstatus (Flux, Argo CD's generic check, `kubectl wait` users) reads Ready, Reconciling and Stalled: the
 * latter two are "abnormal-true" and are absent when there is nothing to say. Complete and Failed follow
 * batch/v1. Synced says whether this status is the row's.
 */
import type { Condition } from './resource.ts';
import type { JobRow } from './row.ts';

export type ConditionType = 'Ready' | 'Reconciling' | 'Stalled' | 'Complete' | 'Failed' | 'Synced';

/** A condition before it knows when it last changed. */
export type ConditionDraft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Messages quote at most this many characters of a worker's error; `status.error` has the rest. */
const ERROR_QUOTE_CHARACTERS = 256;

const draft = (type: ConditionType, status: boolean, reason: string, message: string): ConditionDraft => ({
  type,
  status: status ? 'True' : 'False',
  reason,
  message,
});

/** The verdict of a row that exists. `cancelAsked`: the spec or a deletion asked for the cancellation. */
export function rowConditions(row: JobRow, cancelAsked: boolean): ConditionDraft[] {
  switch (row.status) {
    case 'pending':
      return underWay('Pending', 'Waiting for a worker to take the job.');
    case 'running':
      return underWay('Running', 'A worker is doing the job.');
    case 'completed':
      return [
        draft('Ready', true, 'Completed', 'The job completed.'),
        draft('Complete', true, 'Completed', 'The job completed.'),
        draft('Failed', false, 'Completed', 'The job completed.'),
      ];
    case 'failed': {
      const message = failureMessage(row.error);
      return [
        draft('Ready', false, 'JobFailed', message),
        draft('Stalled', true, 'JobFailed', message),
        draft('Complete', false, 'JobFailed', message),
        draft('Failed', true, 'JobFailed', message),
      ];
    }
    case 'cancelled': {
      const message = cancelAsked ? 'The job was cancelled as asked.' : 'The job was cancelled outside of this resource.';
      return [
        draft('Ready', cancelAsked, 'Cancelled', message),
        ...(cancelAsked ? [] : [draft('Stalled', true, 'Cancelled', message)]),
        draft('Complete', false, 'Cancelled', message),
        draft('Failed', true, 'Cancelled', message),
      ];
    }
  }
}

function underWay(reason: string, message: string): ConditionDraft[] {
  return [
    draft('Ready', false, reason, message),
    draft('Reconciling', true, reason, message),
    draft('Complete', false, reason, message),
    draft('Failed', false, reason, message),
  ];
}

/** A Job that will not get a row, or whose row is gone before it finished: a person has to act. */
export function stalledConditions(reason: string, message: string): ConditionDraft[] {
  return [
    draft('Ready', false, reason, message),
    draft('Stalled', true, reason, message),
    draft('Complete', false, reason, message),
    draft('Failed', false, reason, message),
  ];
}

export const syncedTrue = (): ConditionDraft => draft('Synced', true, 'RowShown', 'This status is the row\'s.');

export const syncedFalse = (reason: 'Expired' | 'RowMissing' | 'ResultTooLarge' | 'ResultUnreadable' | 'Released', message: string): ConditionDraft =>
  draft('Synced', false, reason, message);

export const syncedUnknown = (message: string): ConditionDraft => ({
  type: 'Synced',
  status: 'Unknown',
  reason: 'DatabaseUnavailable',
  message,
});

/**
 * Completes drafts: `lastTransitionTime` moves only when `status` does (API conventions, "Typical status properties").
 *
 * @param now wall clock, milliseconds since the epoch; shown in whole seconds
 */
export function settleConditions(
  drafts: readonly ConditionDraft[],
  shown: readonly Condition[],
  generation: number,
  now: number,
): Condition[] {
  const moment = rfc3339(now / 1000);
  return drafts.map((next) => {
    const before = shown.find(({ type }) => type === next.type);
    const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : moment;
    return shared({ ...next, lastTransitionTime, observedGeneration: generation });
  });
}

/** Conditions that many Jobs have alike: those of a burst, whose times are the same. Each is kept once, which is a fifth of what is kept of a Job. */
const kept = new Map<string, Condition>();
const MOST_KEPT = 4_096;
/** Characters of a message: what is longer is nobody else's, and many of them would be megabytes. */
const LONGEST_KEPT = 256;

/** The same condition, in memory that is shared with every equal one given before. */
export function shared(condition: Condition): Condition {
  const { type, status, reason, message, lastTransitionTime, observedGeneration } = condition;
  if (message.length > LONGEST_KEPT) return condition;
  const key = `${type} ${status} ${observedGeneration} ${lastTransitionTime} ${reason} ${message}`;
  const found = kept.get(key);
  if (found !== undefined) return found;
  // Started anew when full: messages that quote an error are each their own.
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, condition);
  return condition;
}

/** The Jobs of a burst have a few seconds between them: each is printed once, and its text kept once. */
const printed = new Map<number, string>();
const MOST_PRINTED = 1_024;

/** RFC 3339 in UTC with whole seconds, as metav1.Time prints it. */
export function rfc3339(unixSeconds: number): string {
  const second = Math.floor(unixSeconds);
  const known = printed.get(second);
  if (known !== undefined) return known;
  const text = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  if (printed.size >= MOST_PRINTED) printed.clear();
  printed.set(second, text);
  return text;
}

function failureMessage(error: string | null): string {
  const firstLine = error?.trim().split(/\r?\n/u, 1)[0] ?? '';
  if (firstLine === '') return 'The worker reported a failure without a text.';
  const characters = Array.from(firstLine);
  return characters.length <= ERROR_QUOTE_CHARACTERS
    ? firstLine
    : `${characters.slice(0, ERROR_QUOTE_CHARACTERS - 1).join('')}…`;
}
