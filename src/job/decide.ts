/**
 * The heart: (resource, what is known of its row, circumstances) -> what to do.
 *
 * Pure and level-triggered: it is asked again after each thing that was done, and says nothing more when
 * resource and row agree. The life cycle is contract section 4, the conditions section 1; each branch
 * below is a row of one of their tables, and test/unit/job has a sentence for each.
 */
import type { Action } from './action.ts';
import { decideAcceptance } from './decide-acceptance.ts';
import { decideDeletion } from './decide-deletion.ts';
import { expired, rowMissing } from './event.ts';
import { follow } from './follow.ts';
import { isKeyed } from './identity.ts';
import { VANISHED_AFTER_SECONDS } from './knowledge.ts';
import type { Circumstances, RowKnowledge } from './knowledge.ts';
import { hasLostItsName, nameAgain } from './lost-name.ts';
import { FINALIZER } from './resource.ts';
import type { JobResource } from './resource.ts';
import { showTombstone, writeIfDifferent } from './show.ts';
import { isFinishedPhase, isShownAsGone, statusOfGoneRow, statusOfMissingRow } from './status.ts';
import { hasExpired } from './ttl.ts';

export function decide(job: JobResource, known: RowKnowledge, circumstances: Circumstances): Action[] {
  if (hasLostItsName(job, circumstances)) return nameAgain(job, circumstances);
  if (job.deleting) return decideDeletion(job, known, circumstances);
  if (job.status.jobId === undefined) return decideAcceptance(job, known, circumstances);

  if (!job.finalizers.includes(FINALIZER)) return [{ do: 'addFinalizer' }];
  switch (known.kind) {
    case 'refused':
    case 'unread':
      return [{ do: 'readRow' }];
    case 'present':
      return follow(job, known.row, circumstances);
    case 'absent':
      return withoutRow(job, known, circumstances);
    case 'tombstone':
      // Removed before its end was shown here: by another resource of the same key, or by hand.
      if (!isFinishedPhase(job.status.phase)) return showTombstone(job, known.tombstone, circumstances);
      return withoutOutcomeToShow(job, true, circumstances);
  }
}

function withoutRow(job: JobResource, known: RowKnowledge & { kind: 'absent' }, circumstances: Circumstances): Action[] {
  const confirmed = known.removedByUs || isShownAsGone(job);
  if (!confirmed && known.massLoss) return [{ do: 'wait', ms: VANISHED_AFTER_SECONDS * 1000 }];
  if (!confirmed && known.forSeconds < VANISHED_AFTER_SECONDS) {
    return [{ do: 'wait', ms: Math.ceil((VANISHED_AFTER_SECONDS - known.forSeconds) * 1000) }];
  }
  if (!isFinishedPhase(job.status.phase)) return writeIfDifferent(job, statusOfMissingRow(job, circumstances.now), rowMissing());
  return withoutOutcomeToShow(job, known.removedByUs || hasExpired(job, known.now), circumstances);
}

/** The row is gone and its end is shown: the outcome stands, and `ttlPolicy` may ask for the resource as well. */
function withoutOutcomeToShow(job: JobResource, isExpired: boolean, { now }: Circumstances): Action[] {
  const removeResource = isExpired && job.spec.ttlPolicy === 'RowAndResource';
  // A keyed resource that was made after the row had gone, and shows what a tombstone says, is recorded as expired from
  // its first status on and never removed by its policy; so one that is to go must not be recorded as expired first.
  if (removeResource && isKeyed(job) && !isShownAsGone(job)) return [{ do: 'deleteResource' }];
  const status = statusOfGoneRow(job, isExpired ? 'Expired' : 'RowMissing', now);
  const actions = writeIfDifferent(job, status, isExpired ? expired() : rowMissing());
  return removeResource && !isKeyed(job) ? [...actions, { do: 'deleteResource' }] : actions;
}
