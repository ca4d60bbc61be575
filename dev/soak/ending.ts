/** How everything has to stand once it is calm; what does not yet stand so. Contract, section 5, invariant 2. */

import { disagreements } from '../agreement.ts';
import type { DiaryEntry } from '../row-diary.ts';
import type { Row } from '../row.ts';
import type { Asked } from './asked.ts';
import { entriesByRow, isFinished, lastState, tokenOf } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { OPERATOR } from './logins.ts';
import { showsOutcome } from './shows.ts';
import { conditionOf } from './soak-job.ts';
import type { SoakJob } from './soak-job.ts';
import type { Violation } from './violation.ts';

/** What is there now. */
export interface Present {
  readonly jobs: readonly SoakJob[];
  readonly rows: readonly Row[];
  /** The database's clock, Unix seconds. */
  readonly now: number;
}

/** What expires sooner is waited for, since it would disturb the silence; seconds. */
const EXPIRES_SOON_SECONDS = 120;
const KEY_IN_USE = 'True IdempotencyKeyInUse';

/** Empty when it is calm; what is left at the deadline is a violation each. */
export function unsettled({ jobs, rows, now }: Present, diary: readonly DiaryEntry[]): readonly Violation[] {
  const table = new Map(rows.map((row) => [row.job_id, row]));
  const byRow = entriesByRow(diary);
  const ofRows = rows.flatMap(({ job_id, status, ttl_expires_at }): Violation[] => {
    if (!isFinished(status)) return [{ kind: 'lost', jobId: job_id, what: `the row is ${status} still, with workers at hand` }];
    const soon = ttl_expires_at !== null && ttl_expires_at < now + EXPIRES_SOON_SECONDS;
    return soon ? [{ kind: 'lost', jobId: job_id, what: `the row expired ${now - ttl_expires_at} s ago and is still there` }] : [];
  });
  const ofJobs = jobs.flatMap((job): Violation[] => {
    const { uid, name, deletionTimestamp, finalizers } = job.metadata;
    const jobId = job.status.jobId;
    if (deletionTimestamp !== undefined) return [{ kind: 'contradicting', jobId, uid, what: `${name} is deleted and held by ${finalizers?.join(', ')}` }];
    return problemsOf(job, jobs, table, byRow).map((what) => ({ kind: 'lost', jobId, uid, what }));
  });
  return [...ofRows, ...ofJobs];
}

function problemsOf(job: SoakJob, jobs: readonly SoakJob[], table: ReadonlyMap<string, Row>, byRow: ReadonlyMap<string, readonly DiaryEntry[]>): readonly string[] {
  const { metadata, spec, status } = job;
  if (status.observedGeneration !== metadata.generation) return [`${metadata.name} was changed, and shows what was asked before`];
  if (status.jobId === undefined) return refusalProblems(job, jobs, byRow);
  const row = table.get(status.jobId);
  if (row !== undefined) return disagreements(job, row);
  const synced = conditionOf(job, 'Synced');
  // One with a key may have come after its row had gone; then it stays.
  if (synced === 'False Expired' && spec.ttlPolicy === 'RowAndResource' && spec.idempotencyKey === undefined) return [`${metadata.name} is there, and its row has gone`];
  if (synced !== 'False Expired') return [`${metadata.name} has no row, and shows Synced=${synced}`];
  const last = lastState(byRow.get(status.jobId) ?? []);
  if (last === undefined) return [`${metadata.name} names a row that never was`];
  const outcome = isFinished(last.status) ? last : { ...last, status: 'cancelled' };
  return showsOutcome(job, outcome) ? [] : [`${metadata.name} shows ${status.phase}, and its row ended as ${outcome.status}`];
}

/** A Job without a row has to have been refused, and for a reason that holds now. */
function refusalProblems(job: SoakJob, jobs: readonly SoakJob[], byRow: ReadonlyMap<string, readonly DiaryEntry[]>): readonly string[] {
  const { metadata, spec } = job;
  const key = spec.idempotencyKey;
  const stalled = conditionOf(job, 'Stalled');
  // Whatever became of the one that has the key. Two that wait for one another wait for a third, whose turn has just ended.
  if (stalled === KEY_IN_USE && jobs.some((other) => other.spec.idempotencyKey === key && conditionOf(other, 'Stalled') !== KEY_IN_USE && isNamedBy(job, other))) return [];
  if (stalled === 'True IdempotencyConflict') {
    const inserted = [...byRow.values()].flatMap((entries) => entries[0]?.after ?? []).find((row) => tokenOf(row) === key);
    if (inserted !== undefined && (JSON.parse(inserted.request_payload) as { variant: number }).variant !== spec.requestPayload.variant) return [];
  }
  return [`${metadata.name} has no row, and shows Stalled=${stalled}`];
}

/** A refusal names the one that has the key. */
function isNamedBy({ status }: SoakJob, other: SoakJob): boolean {
  return status.conditions?.some(({ type, message }) => type === 'Stalled' && message.includes(` ${other.metadata.name} `)) === true;
}

/** Jobs and rows that are not there any more although nobody asked for that. */
export function vanished({ jobs, rows }: Present, { asked, lives, diary }: Evidence): readonly Violation[] {
  const live = new Set(jobs.map(({ metadata }) => metadata.uid));
  const stored = new Set(rows.map(({ job_id }) => job_id));
  const byRow = entriesByRow(diary);
  const byName = Map.groupBy(asked.all, ({ name }) => name);
  const made = new Set([...lives.keys(), ...asked.all.flatMap(({ uid }) => uid ?? [])]);
  const ofJobs = [...made].flatMap((uid): Violation[] => {
    const last = lives.get(uid)?.versions.at(-1)?.job;
    const name = last?.metadata.name ?? asked.all.find((one) => one.uid === uid)?.name ?? '';
    const jobId = last?.status.jobId ?? uid;
    const wasSwept = byRow.get(jobId)?.at(-1)?.what === 'delete';
    const isExplained = live.has(uid) || (byName.get(name) ?? []).some((one) => mayGo(one, wasSwept));
    return isExplained ? [] : [{ kind: 'lost', jobId, uid, what: `${name} is gone, and nobody deleted it` }];
  });
  const ofRows = [...byRow].flatMap(([jobId, entries]): Violation[] => {
    const last = entries.at(-1);
    const isExplained = stored.has(jobId) ? last?.what !== 'delete' : last?.what === 'delete' && last.who === OPERATOR;
    return isExplained ? [] : [{ kind: 'lost', jobId, what: stored.has(jobId) ? 'the row is there although it was removed' : 'the row is gone, and the operator did not remove it' }];
  });
  return [...ofJobs, ...ofRows];
}

function mayGo({ deletedAt, ttlPolicy }: Asked, wasSwept: boolean): boolean {
  return deletedAt !== undefined || (ttlPolicy === 'RowAndResource' && wasSwept);
}
