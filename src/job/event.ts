/** The Events a Job tells: one per turn of its life, never one per percent, and never a worker's own text. */
import type { JobEvent } from './action.ts';
import type { Refusal } from './refusal.ts';
import type { JobResource, Phase } from './resource.ts';
import type { StatusDraft } from './status.ts';

const TURN: Record<Exclude<Phase, 'Pending'>, JobEvent> = {
  Running: { type: 'Normal', reason: 'Started', action: 'ShowRow', note: 'A worker started the job.' },
  Completed: { type: 'Normal', reason: 'Completed', action: 'ShowRow', note: 'The job completed.' },
  Failed: { type: 'Warning', reason: 'Failed', action: 'ShowRow', note: 'The job failed; status.error has the worker\'s text.' },
  Cancelled: { type: 'Normal', reason: 'Cancelled', action: 'ShowRow', note: 'The job was cancelled.' },
};

/**
 * The Event of a status write, if the phase moved. The first write is the acceptance, unless the job has finished by then: its end is the news. What a
 * status shows again that somebody had emptied is none.
 */
export function eventOfTransition(job: JobResource, status: StatusDraft): JobEvent | undefined {
  const { phase } = status;
  if (job.status.jobId === undefined && (phase === 'Pending' || phase === 'Running')) {
    return { type: 'Normal', reason: 'Accepted', action: 'CreateRow', note: `The job is row ${status.jobId}.` };
  }
  if (phase === undefined || phase === job.status.phase) return undefined;
  if (job.status.phase === undefined && job.status.jobId !== undefined) return undefined;
  if (phase === 'Pending') return { type: 'Normal', reason: 'Requeued', action: 'ShowRow', note: 'The job waits for a worker again.' };
  return TURN[phase];
}

export const refused = ({ reason, message }: Refusal): JobEvent => ({
  type: 'Warning',
  reason,
  action: 'CreateRow',
  note: message,
});

/** @param why the refused request and the answer to it, without what was in them */
export const writeRefused = (why: string): JobEvent => ({
  type: 'Warning',
  reason: 'WriteRefused',
  action: 'WriteResource',
  note: `The API server refuses what the operator writes to this Job, which goes on in its row: ${why}. It is tried again; until then this resource shows the past.`,
});

export const rowMissing = (): JobEvent => ({
  type: 'Warning',
  reason: 'RowMissing',
  action: 'ReadRow',
  note: 'The row is gone without having expired; the job is not run again.',
});

export const expired = (): JobEvent => ({
  type: 'Normal',
  reason: 'Expired',
  action: 'RemoveRow',
  note: 'The row was removed after its time to live.',
});

export const deletionWaits = (): JobEvent => ({
  type: 'Warning',
  reason: 'DeletionWaiting',
  action: 'CancelRow',
  note:
    'The deletion waits for the database and goes on by itself when it answers. ' +
    'To let the resource go without it, annotate it with wordpress.betaweb.ai/release=true; the row is then left as it is.',
});

export const outcomeKept = (): JobEvent => ({
  type: 'Normal',
  reason: 'OutcomeKept',
  action: 'ReadRow',
  note: 'The idempotencyKey was used before and the row is removed; this is the outcome that was kept. Nothing runs again.',
});
