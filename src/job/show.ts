/** Turns a status that differs into the action that writes it, with its reason and its Event. */
import type { Action, JobEvent, WriteReason } from './action.ts';
import { eventOfTransition, outcomeKept } from './event.ts';
import type { Circumstances } from './knowledge.ts';
import type { JobResource } from './resource.ts';
import type { JobRow, Tombstone } from './row.ts';
import { difference, isFinishedPhase, statusOfRow, statusOfTombstone } from './status.ts';
import type { StatusDraft } from './status.ts';

/** Brings the status up to the row. A change of phase, of a finished row or of the spec goes at once, what a worker tells on its way within a budget. */
export function show(job: JobResource, row: JobRow, circumstances: Circumstances): Action[] {
  const status = statusOfRow(job, row, circumstances.now, circumstances.omitResult);
  const differs = difference(status, job.status);
  if (differs === 'none') return [];
  const reason = writeReason(job, status, differs);
  const wait = circumstances.progressIntervalMs - circumstances.msSinceStatusWrite;
  if (wait > 0 && isOnItsWay(job, status)) return [{ do: 'wait', ms: wait }];
  return [write(status, reason, eventOfTransition(job, status))];
}

/** Shows what is left of a row that was removed before this resource could show it. */
export function showTombstone(job: JobResource, tombstone: Tombstone, { now, omitResult }: Circumstances): Action[] {
  const status = statusOfTombstone(job, tombstone, now, omitResult);
  const differs = difference(status, job.status);
  return differs === 'none' ? [] : [write(status, writeReason(job, status, differs), outcomeKept())];
}

/** Writes a verdict that does not come from a row; the Event is told when the verdict is new. */
export function writeIfDifferent(job: JobResource, status: StatusDraft, event: JobEvent | undefined): Action[] {
  if (difference(status, job.status) === 'none') return [];
  const known = status.conditions.every((condition) =>
    job.status.conditions.some(({ type, reason }) => type === condition.type && reason === condition.reason),
  );
  return [write(status, 'other', known ? undefined : event)];
}

/** Progress, and a partial result or error: all that an accepted, unfinished job can change without changing its phase. */
function isOnItsWay(job: JobResource, status: StatusDraft): boolean {
  return (
    job.status.jobId === status.jobId &&
    job.status.phase === status.phase &&
    !isFinishedPhase(status.phase) &&
    job.status.observedGeneration === status.observedGeneration
  );
}

function writeReason(job: JobResource, status: StatusDraft, differs: 'progress' | 'more'): WriteReason {
  if (job.status.jobId === undefined) return 'accepted';
  if (status.phase !== job.status.phase) return isFinishedPhase(status.phase) ? 'finished' : 'phase';
  return differs === 'progress' ? 'progress' : 'other';
}

function write(status: StatusDraft, reason: WriteReason, event: JobEvent | undefined): Action {
  return { do: 'writeStatus', status, reason, event };
}
