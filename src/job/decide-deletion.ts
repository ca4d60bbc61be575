/**
 * The deletion half of the decision: what becomes of the row when its resource goes (contract section 4,
 * `deletionPolicy`), and when the finalizer may be taken off.
 */
import type { Action, RowAction } from './action.ts';
import { deletionWaits } from './event.ts';
import { isKeyed, ownsRow } from './identity.ts';
import { VANISHED_AFTER_SECONDS } from './knowledge.ts';
import type { Circumstances, RowKnowledge } from './knowledge.ts';
import { keyConflict, keyRefusal } from './refusal.ts';
import { FINALIZER } from './resource.ts';
import type { JobResource, JobSpec } from './resource.ts';
import { isFinished, ROW_MIN_AGE_SECONDS } from './row.ts';
import type { JobRow } from './row.ts';
import { show, writeIfDifferent } from './show.ts';
import { isFinishedPhase, statusOfRelease, statusOfWaitingDeletion } from './status.ts';
import { isSameSecond, missingStamp, removableAt } from './ttl.ts';

/** How long a row stays that only takes the id of a Job deleted before it ran, when no TTL is set (seconds). */
const PLACEHOLDER_TTL_SECONDS = 3600;

const LET_GO: Action = { do: 'removeFinalizer' };

export function decideDeletion(job: JobResource, known: RowKnowledge, circumstances: Circumstances): Action[] {
  if (!job.finalizers.includes(FINALIZER)) return letGone(job, known, circumstances);
  // Such a Job never had a row, and no INSERT of it can be on its way.
  if (job.status.jobId === undefined && keyRefusal(job, circumstances.keys) !== undefined) return [LET_GO];
  const actions = decideRow(job, known, circumstances);
  // A database that takes no writes is away as far as a deletion that needs one is concerned.
  return circumstances.readOnly && actions.some(writesRow) ? withoutDatabase(job, circumstances) : actions;
}

function decideRow(job: JobResource, known: RowKnowledge, circumstances: Circumstances): Action[] {
  switch (known.kind) {
    case 'unread':
      return known.databaseDown ? withoutDatabase(job, circumstances) : [{ do: 'readRow' }];
    case 'refused':
      return [LET_GO];
    case 'tombstone':
      // The id is taken for good, and nothing is left to be done to the row.
      return [LET_GO];
    case 'absent':
    case 'present':
      return undecidedKey(job, known, circumstances) ?? (known.kind === 'absent' ? withoutRow(job, known, circumstances) : withRow(job, known.row, known.now, circumstances));
  }
}

/** A keyed Job that was never accepted may find a row that is another's: nothing is done to that one. */
function undecidedKey(job: JobResource, known: RowKnowledge, { seenLive, keyHolder }: Circumstances): Action[] | undefined {
  if (!isKeyed(job) || job.status.jobId !== undefined) return undefined;
  if (!seenLive || job.payload === undefined) return [{ do: 'lookLive' }];
  return keyHolder !== undefined || keyConflict(job, known) !== undefined ? [LET_GO] : undefined;
}

function writesRow(action: Action): boolean {
  return action.do === 'insertRow' || action.do === 'cancelRow' || action.do === 'stampTtl' || action.do === 'removeRow';
}

/** The row is to go with its resource: that it is not there is what was asked for. */
export function isDeletedWithRow({ deleting, spec }: JobResource): boolean {
  return deleting && spec.deletionPolicy === 'Delete';
}

function withoutDatabase(job: JobResource, { now }: Circumstances): Action[] {
  if (job.release) return [...writeIfDifferent(job, statusOfRelease(job, now), undefined), LET_GO];
  return writeIfDifferent(job, statusOfWaitingDeletion(job, now), deletionWaits());
}

function withoutRow(job: JobResource, known: RowKnowledge & { kind: 'absent' }, circumstances: Circumstances): Action[] {
  if (known.removedByUs) return [LET_GO];
  if (job.status.jobId === undefined) return takeId(job, circumstances);
  if (isFinishedPhase(job.status.phase)) return [LET_GO];
  // A live job's row that is suddenly not there may be there for the next read, or in the right database.
  if (known.massLoss && !job.release && !isDeletedWithRow(job)) return [{ do: 'wait', ms: VANISHED_AFTER_SECONDS * 1000 }];
  if (known.forSeconds < VANISHED_AFTER_SECONDS) {
    return [{ do: 'wait', ms: Math.ceil((VANISHED_AFTER_SECONDS - known.forSeconds) * 1000) }];
  }
  return [LET_GO];
}

/** Deleted before its row exists: the row is written as cancelled, so that a late INSERT finds the id taken. */
function takeId({ spec, payload }: JobResource, { seenLive, defaultTtlSeconds }: Circumstances): Action[] {
  if (!seenLive || payload === undefined) return [{ do: 'lookLive' }];
  const ttlSeconds =
    spec.deletionPolicy === 'Delete'
      ? ROW_MIN_AGE_SECONDS
      : (spec.ttlSecondsAfterFinished ?? defaultTtlSeconds ?? PLACEHOLDER_TTL_SECONDS);
  return [{ do: 'insertRow', status: 'cancelled', ttlSeconds }, { do: 'readRow' }];
}

function withRow(job: JobResource, row: JobRow, now: number, circumstances: Circumstances): Action[] {
  if (!ownsRow(job, circumstances.keys.clusterName)) return [LET_GO];
  const action = rowActionOfDeletion(job.spec, row, now, circumstances.defaultTtlSeconds);
  if (action === undefined) return letGo(job, row, circumstances);
  // The id is in the status before the row goes: a restart in between must not take it for a Job without a row.
  const shown = action.do === 'removeRow' && job.status.jobId === undefined ? show(job, row, circumstances) : [];
  return [...shown, action, { do: 'readRow' }];
}

/**
 * What is done to a deleted Job's own row next; the row is looked at again after it. Undefined: it is as it has to be.
 *
 * @param now the database's clock, Unix seconds
 */
export function rowActionOfDeletion(spec: JobSpec, row: JobRow, now: number, defaultTtlSeconds: number | undefined): RowAction | undefined {
  if (spec.deletionPolicy === 'Delete') {
    if (now >= removableAt(row)) return { do: 'removeRow' };
    // Too young to be removed: it is made harmless, and expires as soon as it may go.
    if (!isFinished(row.status)) return { do: 'cancelRow' };
    return isSameSecond(removableAt(row), row.ttlExpiresAt) ? undefined : { do: 'stampTtl', stamp: { kind: 'removable' } };
  }
  if (!isFinished(row.status)) {
    // Under Retain the deletion asks for nothing. What the spec asked for before stands, whether or not anybody had looked by then.
    return spec.deletionPolicy === 'Cancel' || spec.cancel ? { do: 'cancelRow' } : undefined;
  }
  const stamp = missingStamp(spec, row, defaultTtlSeconds);
  return stamp === undefined ? undefined : { do: 'stampTtl', stamp };
}

/** Others' finalizers may keep the resource for long: then it keeps a true status. */
function letGo(job: JobResource, row: JobRow, circumstances: Circumstances): Action[] {
  const others = job.finalizers.some((finalizer) => finalizer !== FINALIZER);
  return others ? [...show(job, row, { ...circumstances, msSinceStatusWrite: Infinity }), LET_GO] : [LET_GO];
}

/** Let go already, and held by others' finalizers: the row is no longer touched, and still shown. */
function letGone(job: JobResource, known: RowKnowledge, circumstances: Circumstances): Action[] {
  if (known.kind === 'present') return show(job, known.row, circumstances);
  const held = job.finalizers.length > 0 && job.status.jobId !== undefined;
  return held && known.kind === 'unread' && !known.databaseDown ? [{ do: 'readRow' }] : [];
}
