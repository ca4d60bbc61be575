/** The decision for a Job whose status has never named a row: refuse it, find its row, or write it (contract section 3). */
import type { Action } from './action.ts';
import { refused } from './event.ts';
import { follow } from './follow.ts';
import { isKeyed } from './identity.ts';
import type { Circumstances, RowKnowledge } from './knowledge.ts';
import { keyConflict, keyInUse, keyRefusal } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { FINALIZER } from './resource.ts';
import type { JobResource } from './resource.ts';
import { showTombstone, writeIfDifferent } from './show.ts';
import { statusOfRefusal } from './status.ts';

/** What stands in the way of a keyed Job may go away: it is looked at again after this long (ms). */
const KEY_RECHECK_MS = 10_000;

export function decideAcceptance(job: JobResource, known: RowKnowledge, circumstances: Circumstances): Action[] {
  const { seenLive, keys, keyHolder } = circumstances;
  const unavailable = keyRefusal(job, keys);
  if (unavailable !== undefined) return [...refuse(job, unavailable, circumstances), { do: 'wait', ms: KEY_RECHECK_MS }];
  if (known.kind === 'refused') return refuse(job, known.refusal, circumstances);

  // It was too much to be kept (controllers/payload-budget.ts), and nothing can be written or compared without it.
  if (job.payload === undefined) return [{ do: 'lookLive' }];

  // No row is written before the finalizer, so a Job that had none has no row yet: its INSERT rests on that write.
  if (!job.finalizers.includes(FINALIZER)) return [{ do: 'addFinalizer' }, ...(isKeyed(job) ? [] : insert(job)), { do: 'readRow' }];
  if (known.kind === 'unread') return [{ do: 'readRow' }];

  if (isKeyed(job)) {
    // What was read without tombstones says nothing about a key.
    if (keys.tombstones === undefined) return [{ do: 'wait', ms: KEY_RECHECK_MS }];
    // Whoever else has the key is found by a live look after the row was read.
    if (!seenLive) return [{ do: 'lookLive' }];
    const refusal = keyHolder === undefined ? keyConflict(job, known) : keyInUse(keyHolder);
    if (refusal !== undefined) return [...refuse(job, refusal, circumstances), { do: 'wait', ms: KEY_RECHECK_MS }];
  }
  switch (known.kind) {
    case 'present':
      return follow(job, known.row, circumstances);
    case 'tombstone':
      return showTombstone(job, known.tombstone, circumstances);
    case 'absent':
      return create(job, circumstances);
  }
}

/**
 * The status has never named a row, and none was found: but somebody may have been here before. The resource is
 * looked at after the row was found absent. If it still names none, no row had come and gone by the time of that
 * read, since none goes before the resource has named it; and one that came later does not go before an INSERT
 * that rests on this look is too late, since none goes so young.
 */
function create(job: JobResource, { seenLive }: Circumstances): Action[] {
  return seenLive ? [...insert(job), { do: 'readRow' }] : [{ do: 'lookLive' }];
}

function insert({ spec }: JobResource): Action[] {
  // A Job that is born cancelled takes its id without ever being there for a worker to pick up.
  return [{ do: 'insertRow', status: spec.cancel ? 'cancelled' : 'pending', ttlSeconds: null }];
}

function refuse(job: JobResource, refusal: Refusal, { now }: Circumstances): Action[] {
  return writeIfDifferent(job, statusOfRefusal(job, refusal.reason, refusal.message, now), refused(refusal));
}
