/** A Job of the soak, its row and what was written of both: as little as a rule needs to be tried. */

import type { DiaryEntry } from '../../../dev/row-diary.ts';
import type { Row } from '../../../dev/row.ts';
import { AskedFor } from '../../../dev/soak/asked.ts';
import type { Asked } from '../../../dev/soak/asked.ts';
import type { Evidence } from '../../../dev/soak/evidence.ts';
import { OPERATOR, WORKERS } from '../../../dev/soak/logins.ts';
import type { SoakJob } from '../../../dev/soak/soak-job.ts';

export const ID = 'uid-1';
/** Unix seconds. */
export const BEGAN = 1_700_000_000;

export function row(columns: Partial<Row> = {}): Row {
  return {
    job_id: ID,
    type: 'clone',
    status: 'pending',
    progress: 0,
    request_payload: '{"token": "plain-1", "variant": 0}',
    result: null,
    error: null,
    created_at: BEGAN,
    updated_at: BEGAN,
    completed_at: null,
    ttl_expires_at: null,
    ...columns,
  };
}

export const COMPLETED = row({ status: 'completed', progress: 100, result: '{"pages": 1}', completed_at: BEGAN + 1, ttl_expires_at: BEGAN + 2 });

/** @param after seconds after the beginning */
export function entry(who: 'operator' | 'workers', before: Row | null, after: Row | null, seconds: number): DiaryEntry {
  const what = before === null ? 'insert' : after === null ? 'delete' : 'update';
  return { seq: seconds, at: (BEGAN + seconds) * 1000, who: who === 'operator' ? OPERATOR : WORKERS, what, jobId: ID, before, after };
}

const time = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** A version that shows the row as it is. */
export function showing({ status, progress, result, error, created_at, completed_at, ttl_expires_at }: Row): SoakJob {
  return {
    metadata: { name: 'plain-1', uid: ID, generation: 1, resourceVersion: '1' },
    spec: { type: 'clone', requestPayload: { token: 'plain-1', variant: 0 }, ttlPolicy: 'Row', deletionPolicy: 'Cancel' },
    status: {
      observedGeneration: 1,
      jobId: ID,
      phase: `${status.charAt(0).toUpperCase()}${status.slice(1)}`,
      progress: progress ?? 0,
      ...(result === null ? {} : { result: JSON.parse(result) as unknown }),
      ...(error === null ? {} : { error }),
      ...(created_at === null ? {} : { createdAt: time(created_at) }),
      ...(completed_at === null ? {} : { completedAt: time(completed_at) }),
      ...(ttl_expires_at === null ? {} : { expiresAt: time(ttl_expires_at) }),
      conditions: [{ type: 'Synced', status: 'True', reason: 'RowShown', message: '' }],
    },
  };
}

/** @param goneAfter seconds after the beginning; undefined: the Job is there */
export function evidence(diary: readonly DiaryEntry[], versions: readonly SoakJob[], asked: Partial<Asked> = {}, goneAfter?: number): Evidence {
  const askedFor = new AskedFor();
  askedFor.add({ name: 'plain-1', token: 'plain-1', key: undefined, deletionPolicy: 'Cancel', ttlPolicy: 'Row', uid: ID, cancelledAt: undefined, deletedAt: undefined, ...asked });
  const life = { versions: versions.map((job, index) => ({ at: (BEGAN + index) * 1000, job })), goneAt: goneAfter === undefined ? undefined : (BEGAN + goneAfter) * 1000 };
  return { asked: askedFor, diary, lives: new Map([[ID, life]]), gaps: 0 };
}
