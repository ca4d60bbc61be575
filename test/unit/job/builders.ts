/** Jobs, rows and circumstances with everything in its place, so that a test names only what it is about. */
import type { Action } from '../../../src/job/action.ts';
import type { KeySupport } from '../../../src/job/identity.ts';
import type { Circumstances, RowKnowledge } from '../../../src/job/knowledge.ts';
import { FINALIZER } from '../../../src/job/resource.ts';
import type { Condition, JobResource, JobSpec, ShownStatus } from '../../../src/job/resource.ts';
import type { JobRow } from '../../../src/job/row.ts';
import { statusOfRow } from '../../../src/job/status.ts';
import type { StatusDraft } from '../../../src/job/status.ts';

/** Unix seconds of "now" on both sides, unless a test says otherwise: 2027-01-15T08:00:00Z. */
export const NOW = 1_800_000_000;

export const UID = '7c0ffee0-0000-4000-8000-000000000001';

/** A cluster with a name, and a database with tombstones. */
export const KEYS: KeySupport = { clusterName: 'test', tombstones: true };

const NOTHING_SHOWN: ShownStatus = {
  observedGeneration: -1,
  jobId: undefined,
  phase: undefined,
  progress: undefined,
  startedAt: undefined,
  createdAt: undefined,
  completedAt: undefined,
  expiresAt: undefined,
  error: undefined,
  resultDigest: undefined,
  conditions: [],
};

export interface JobParts extends Partial<Omit<JobResource, 'spec' | 'status'>> {
  readonly spec?: Partial<JobSpec>;
  readonly status?: Partial<ShownStatus>;
}

/** A Job that has our finalizer and no row yet. */
export function aJob({ spec, status, ...rest }: JobParts = {}): JobResource {
  return {
    uid: UID,
    namespace: 'sites',
    name: 'clone-a',
    resourceVersion: '100',
    creationTimestamp: '2027-01-15T07:00:00Z',
    generation: 1,
    finalizers: [FINALIZER],
    deleting: false,
    release: false,
    payload: '{"site":"a"}',
    ...rest,
    spec: {
      type: 'clone',
      cancel: false,
      idempotencyKey: undefined,
      ttlSecondsAfterFinished: undefined,
      ttlPolicy: 'Row',
      deletionPolicy: 'Cancel',
      ...spec,
    },
    status: { ...NOTHING_SHOWN, ...status },
  };
}

/** A row that a worker has not taken yet; it is an hour old. */
export function aRow(parts: Partial<JobRow> = {}): JobRow {
  return {
    jobId: UID,
    type: 'clone',
    status: 'pending',
    progress: 0,
    result: null,
    resultBytes: parts.result === undefined || parts.result === null ? 0 : Buffer.byteLength(parts.result),
    error: null,
    createdAt: NOW - 3600,
    updatedAt: NOW - 3600,
    completedAt: null,
    ttlExpiresAt: null,
    fingerprint: 'f',
    ...parts,
  };
}

/** The same row at its end, a minute ago. */
export function aFinishedRow(status: 'completed' | 'failed' | 'cancelled', parts: Partial<JobRow> = {}): JobRow {
  return aRow({ status, completedAt: NOW - 60, updatedAt: NOW - 60, ...parts });
}

/** A Job whose status shows exactly this row. */
export function aJobShowing(row: JobRow, parts: JobParts = {}): JobResource {
  return afterWrite(aJob(parts), statusOfRow(aJob(parts), row, NOW * 1000));
}

/** The Job once this status has been written. */
export function afterWrite(job: JobResource, { scope: _scope, result: _result, ...status }: StatusDraft): JobResource {
  return { ...job, status };
}

export const unread = (databaseDown = false): RowKnowledge => ({ kind: 'unread', databaseDown });

export const present = (row: JobRow, now = NOW): RowKnowledge => ({ kind: 'present', now, row });

export const absent = (parts: Partial<RowKnowledge & { kind: 'absent' }> = {}): RowKnowledge => ({
  kind: 'absent',
  now: NOW,
  forSeconds: 0,
  removedByUs: false,
  massLoss: false,
  ...parts,
});

export const circumstances = (parts: Partial<Circumstances> = {}): Circumstances => ({
  now: NOW * 1000,
  defaultTtlSeconds: undefined,
  progressIntervalMs: 1000,
  msSinceStatusWrite: 60_000,
  seenLive: true,
  hadRow: false,
  keys: KEYS,
  keyHolder: undefined,
  readOnly: false,
  omitResult: false,
  ...parts,
});

/** The names of the actions, in order. */
export const steps = (actions: readonly Action[]): string[] => actions.map((action) => action.do);

/** The one status write among the actions. */
export function statusWrite(actions: readonly Action[]): Action & { do: 'writeStatus' } {
  const writes = actions.filter((action) => action.do === 'writeStatus');
  const [only] = writes;
  if (only === undefined || writes.length !== 1) throw new Error(`expected one status write, got: ${steps(actions).join(', ') || 'nothing'}`);
  return only;
}

/** Conditions as "Type=Status Reason", sorted by type: how the contract's table reads. */
export const inWords = (conditions: readonly Condition[]): string[] =>
  conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`).toSorted();
