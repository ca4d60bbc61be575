/**
 * The heart: (resource, what is known of its row, circumstances) -> what to do.
 *
 * Pure and level-triggered: it is asked again after each thing that was done, and says nothing more when
 * resource and row agree. The life cycle is contract section 4, the conditions section 1; each branch
 * below is a row of one of their tables, and test/unit/job has a sentence for each.
 */
import type { Action } from './action.ts';
import { decideDeletion } from './decide-deletion.ts';
import { expired, refused, rowMissing } from './event.ts';
import { identityRefusal, ownsRow } from './identity.ts';
import type { Refusal } from './identity.ts';
import { VANISHED_AFTER_SECONDS } from './knowledge.ts';
import type { Circumstances, RowKnowledge } from './knowledge.ts';
import { FINALIZER } from './resource.ts';
import type { JobResource } from './resource.ts';
import { isFinished } from './row.ts';
import type { JobRow } from './row.ts';
import { show, writeIfDifferent } from './show.ts';
import { isFinishedPhase, statusOfGoneRow, statusOfMissingRow, statusOfRefusal } from './status.ts';
import { hasExpired, missingStamp } from './ttl.ts';

export function decide(job: JobResource, known: RowKnowledge, circumstances: Circumstances): Action[] {
  if (job.deleting) return decideDeletion(job, known, circumstances);

  const refusal = identityRefusal(job) ?? (known.kind === 'refused' ? known.refusal : undefined);
  if (refusal !== undefined && job.status.jobId === undefined) return refuse(job, refusal, circumstances);

  if (!job.finalizers.includes(FINALIZER)) return adopt(job);
  switch (known.kind) {
    case 'refused':
    case 'unread':
      return [{ do: 'readRow' }];
    case 'absent':
      return job.status.jobId === undefined ? create(job, circumstances) : withoutRow(job, known, circumstances);
    case 'present':
      return withRow(job, known.row, circumstances);
  }
}

/** No row is written before the finalizer, so a Job that had none has no row yet: its INSERT rests on that write. */
function adopt(job: JobResource): Action[] {
  return job.status.jobId === undefined ? [{ do: 'addFinalizer' }, ...insert(job)] : [{ do: 'addFinalizer' }];
}

/**
 * The status has never named a row, and none was found: but somebody may have been here before. The resource is
 * looked at after the row was found absent. If it still names none, no row had come and gone by the time of that
 * read, since none goes before the resource has named it; and one that came later does not go before an INSERT
 * that rests on this look is too late, since none goes so young.
 */
function create(job: JobResource, { seenLive }: Circumstances): Action[] {
  return seenLive ? insert(job) : [{ do: 'lookLive' }];
}

function insert({ spec }: JobResource): Action[] {
  // A Job that is born cancelled takes its id without ever being there for a worker to pick up.
  return [{ do: 'insertRow', status: spec.cancel ? 'cancelled' : 'pending', ttlSeconds: null }, { do: 'readRow' }];
}

function withRow(job: JobResource, row: JobRow, circumstances: Circumstances): Action[] {
  if (!circumstances.readOnly && ownsRow(job)) {
    if (job.spec.cancel && !isFinished(row.status)) return [{ do: 'cancelRow' }, { do: 'readRow' }];
    // Stamped before the status is written, so that one write shows the outcome and its expiry.
    const stamp = missingStamp(job.spec, row, circumstances.defaultTtlSeconds);
    if (stamp !== undefined) return [{ do: 'stampTtl', stamp }, { do: 'readRow' }];
  }
  return show(job, row, circumstances);
}

function withoutRow(job: JobResource, known: RowKnowledge & { kind: 'absent' }, circumstances: Circumstances): Action[] {
  const finished = isFinishedPhase(job.status.phase);
  const confirmed = known.removedByUs || isRecordedAsGone(job);
  if (!confirmed && known.massLoss) return [{ do: 'wait', ms: VANISHED_AFTER_SECONDS * 1000 }];
  if (!confirmed && known.forSeconds < VANISHED_AFTER_SECONDS) {
    return [{ do: 'wait', ms: Math.ceil((VANISHED_AFTER_SECONDS - known.forSeconds) * 1000) }];
  }
  if (!finished) return writeIfDifferent(job, statusOfMissingRow(job, circumstances.now), rowMissing());

  const expiredNow = known.removedByUs || hasExpired(job, known.now);
  const reason = expiredNow ? 'Expired' : 'RowMissing';
  const actions = writeIfDifferent(job, statusOfGoneRow(job, reason, circumstances.now), expiredNow ? expired() : rowMissing());
  return expiredNow && job.spec.ttlPolicy === 'RowAndResource' ? [...actions, { do: 'deleteResource' }] : actions;
}

/** An earlier reconcile has already found, and shown, that the row is gone. */
function isRecordedAsGone(job: JobResource): boolean {
  const synced = job.status.conditions.find(({ type }) => type === 'Synced');
  return synced?.status === 'False' && (synced.reason === 'Expired' || synced.reason === 'RowMissing');
}

function refuse(job: JobResource, refusal: Refusal, { now }: Circumstances): Action[] {
  return writeIfDifferent(job, statusOfRefusal(job, refusal.reason, refusal.message, now), refused(refusal));
}
