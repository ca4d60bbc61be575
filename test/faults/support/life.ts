/** One of everything that can become of a Job, as short as it can be played. What is waited for comes whether or not the operator dies meanwhile. */

import { waitFor } from '../../support/stack.ts';
import { FINALIZER } from '../../e2e/support/jobs.ts';
import type { Job } from '../../e2e/support/jobs.ts';
import type { Stage } from './stage.ts';

/** JSON text, with an integer that a careless copy would lose. */
export const RESULT = '{"url": "https://copy.example.com", "bytes": 9007199254740991}';

const DELETED_KEY = 'delete-once';

/** By name: their specs, over those of a plain clone. */
export const CAST = {
  plain: {},
  failing: {},
  'born-cancelled': { cancel: true },
  'cancelled-later': {},
  swept: { ttlSecondsAfterFinished: 0 },
  'swept-whole': { ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' },
  keyed: { ttlSecondsAfterFinished: 0, idempotencyKey: 'clone-once' },
  'deleted-cancel': { ttlSecondsAfterFinished: 3_600 },
  'deleted-retain': { deletionPolicy: 'Retain' },
  'deleted-young': { deletionPolicy: 'Delete' },
  'deleted-old': { deletionPolicy: 'Delete' },
  /** While nobody is there to see it; if nobody dies, with the others. */
  'deleted-at-death': { ttlSecondsAfterFinished: 3_600 },
  'deleted-keyed': { deletionPolicy: 'Delete', idempotencyKey: DELETED_KEY },
} as const satisfies Readonly<Record<string, object>>;

export type Role = keyof typeof CAST;

/** Deleted before any operator had seen it, with a finalizer that one had left. */
export const UNSEEN = 'unseen';
/** Made when the row of `deleted-keyed` is gone, with its key and another payload. */
export const CONFLICTING = 'conflicting';

export interface LifeIds {
  /** The row of each role, and of `UNSEEN`. */
  readonly rows: ReadonlyMap<string, string>;
  /** The resource of each role, by uid; `keyed` has two. */
  readonly uids: ReadonlyMap<string, string>;
  readonly foreign: string;
}

/** A death, a new start, the ten seconds after which a row that vanished counts as gone, and a busy machine. */
const DEADLINE_MS = 60_000;

/** What a user does between the death and the new start. */
export async function actAtDeath(stage: Stage): Promise<void> {
  await stage.deleteIfThere('deleted-at-death');
}

const names = Object.keys(CAST) as Role[];
const FINISHING: readonly Role[] = ['plain', 'swept', 'swept-whole', 'keyed', 'deleted-old', 'deleted-keyed'];
const RUNNING: readonly Role[] = [...FINISHING, 'failing', 'cancelled-later', 'deleted-cancel'];
/** Their rows are to go, and none goes before it is 20 s old. */
const AGED: readonly Role[] = ['swept', 'swept-whole', 'keyed', 'deleted-old', 'deleted-keyed'];

/** Before any operator runs. */
export async function prepareLife({ jobs, rows }: Stage): Promise<{ readonly unseen: Job; readonly foreign: string }> {
  const unseen = await jobs.create(UNSEEN, {}, { finalizers: [FINALIZER] });
  await jobs.delete(UNSEEN);
  const past = 'NOW() - INTERVAL 1 DAY';
  const foreign = await rows.insert({ status: "'completed'", created_at: past, updated_at: past, completed_at: past, ttl_expires_at: past });
  return { unseen, foreign };
}

export async function playLife(stage: Stage, prepared: Awaited<ReturnType<typeof prepareLife>>): Promise<LifeIds> {
  const { jobs, rows } = stage;
  const until = (name: string, what: string, condition: (job: Job) => boolean): Promise<Job> => jobs.until(name, what, condition, DEADLINE_MS);
  const toBe = (name: string, phase: string): Promise<Job> => until(name, `to be ${phase}`, ({ status }) => status.phase === phase);
  const toBeExpired = (name: string): Promise<Job> =>
    until(name, 'to say that its row expired', ({ status }) => status.conditions?.some(({ type, reason }) => type === 'Synced' && reason === 'Expired') === true);

  const ids = new Map<string, string>([[UNSEEN, prepared.unseen.metadata.uid]]);
  const uids = new Map<string, string>([[UNSEEN, prepared.unseen.metadata.uid]]);
  for (const name of names) {
    const { metadata } = await jobs.create(name, CAST[name]);
    uids.set(name, metadata.uid);
    // Without a key the row's id is known before there is a row; this Job may go before it has one.
    if (name === 'deleted-at-death') ids.set(name, metadata.uid);
  }
  for (const name of names.filter((each) => !ids.has(each))) {
    const { status } = await until(name, 'to be accepted', (job) => job.status.jobId !== undefined);
    ids.set(name, status.jobId ?? '');
  }
  const idOf = (name: Role): string => ids.get(name) ?? '';

  for (const name of RUNNING) {
    // In one statement, so that whoever sees the row run sees its age.
    await rows.set(idOf(name), { status: "'running'", progress: '40', ...(AGED.includes(name) ? { created_at: 'created_at - INTERVAL 60 SECOND' } : {}) });
  }
  for (const name of RUNNING) await toBe(name, 'Running');

  await jobs.patch('cancelled-later', { spec: { cancel: true } });
  await rows.fail(idOf('failing'), 'the disk is full');
  for (const name of FINISHING) await rows.complete(idOf(name), RESULT);
  for (const name of ['plain', 'deleted-old', 'deleted-keyed']) await toBe(name, 'Completed');
  await toBe('cancelled-later', 'Cancelled');
  await toBe('failing', 'Failed');

  const deleted = names.filter((name) => name.startsWith('deleted-'));
  for (const name of deleted) await stage.deleteIfThere(name);
  for (const name of [UNSEEN, ...deleted]) await jobs.untilGone(name, DEADLINE_MS);

  await jobs.patch('plain', { spec: { ttlSecondsAfterFinished: 86_400 } });
  await until('plain', 'to expire', ({ status }) => status.expiresAt !== undefined);

  for (const name of ['swept', 'swept-whole', 'keyed'] as const) await rows.untilGone(idOf(name), DEADLINE_MS);
  await toBeExpired('swept');
  await toBeExpired('keyed');
  await jobs.untilGone('swept-whole', DEADLINE_MS);

  // As a GitOps tool would that had lost it.
  await jobs.delete('keyed');
  await jobs.untilGone('keyed', DEADLINE_MS);
  await jobs.create('keyed', CAST.keyed);
  await toBeExpired('keyed');
  await jobs.create(CONFLICTING, { idempotencyKey: DELETED_KEY, requestPayload: { site: 'another' } });
  await until(CONFLICTING, 'to be refused', ({ status }) => status.conditions?.some(({ reason }) => reason === 'IdempotencyConflict') === true);
  await rows.untilGone(prepared.foreign, DEADLINE_MS);
  return { rows: ids, uids, foreign: prepared.foreign };
}

/** Waits until `problems` finds none, and returns what it last found. */
export async function untilNoProblem(problems: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let last: readonly string[] = [];
  try {
    await waitFor(async () => (last = await problems()).length === 0, { what: 'the end', timeoutMs: DEADLINE_MS, intervalMs: 100 });
  } catch (error) {
    return last.length > 0 ? last : [String(error)];
  }
  return [];
}
