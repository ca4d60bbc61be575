/** What the operator may do to rows, judged by the diary: contract, sections 2, 4 and 5. */

import { isDeepStrictEqual } from 'node:util';
import type { DiaryEntry } from '../row-diary.ts';
import type { Row } from '../row.ts';
import type { Asked } from './asked.ts';
import { entriesByRow, isFinished, tokenOf, versionsOfRow } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { OPERATOR } from './logins.ts';
import { shows } from './shows.ts';
import type { SoakJob } from './soak-job.ts';
import type { Violation, ViolationKind } from './violation.ts';

/** No row goes younger (contract, section 3); seconds. */
const MIN_AGE_SECONDS = 20;
/** What is noted before a request is sent comes before what follows from it, but for the two clocks' steps. Milliseconds. */
const CLOCK_STEP_MS = 50;

export function judgeRows(evidence: Evidence): readonly Violation[] {
  const shown = versionsOfRow(evidence.lives);
  const rows = [...entriesByRow(evidence.diary)].flatMap(([jobId, entries]) => judgeRow(jobId, entries, shown.get(jobId) ?? [], evidence));
  return [...doubled(evidence), ...rows];
}

/** By what is to be done, not by the id: two rows with two ids for one piece of work are as bad. */
function doubled({ asked, diary }: Evidence): readonly Violation[] {
  const inserts = diary.filter(({ what, who }) => what === 'insert' && who === OPERATOR);
  const byToken = Map.groupBy(inserts, ({ after }) => (after === null ? '' : tokenOf(after)));
  return [...byToken].flatMap(([token, entries]): Violation[] => {
    const jobId = entries[0]?.jobId;
    if (asked.ofToken(token).length === 0) return [{ kind: 'doubled', jobId, what: `a row was inserted for ${token}, which nobody asked for` }];
    return entries.length > 1 ? [{ kind: 'doubled', jobId, what: `${entries.length} INSERTs for ${token}` }] : [];
  });
}

function judgeRow(jobId: string, entries: readonly DiaryEntry[], shown: readonly SoakJob[], evidence: Evidence): readonly Violation[] {
  const found: Violation[] = [];
  const accuse = (kind: ViolationKind, what: string): void => void found.push({ kind, jobId, what });
  for (const entry of entries) {
    const { who, what, before, after, at } = entry;
    const row = after ?? before;
    if (row === null) continue;
    const asked = evidence.asked.ofToken(tokenOf(row)).filter(({ uid, key }) => key !== undefined || uid === undefined || uid === jobId);
    if (who !== OPERATOR) {
      if (isOrphanStarted(entry, asked, evidence)) accuse('contradicting', 'a worker was given the row after its Job had been deleted');
      continue;
    }
    if (what === 'insert' && after !== null) judgeInsert(after, asked, at, accuse);
    if (what === 'update' && before !== null && after !== null) judgeUpdate(before, after, asked, at, accuse);
    if (what === 'delete' && before !== null) judgeRemoval(before, asked, at, shown, evidence, accuse);
  }
  return found;
}

type Accuse = (kind: ViolationKind, what: string) => void;

function judgeInsert(after: Row, asked: readonly Asked[], at: number, accuse: Accuse): void {
  if (after.status === 'cancelled' ? !isEndAsked(asked, at, true) : after.status !== 'pending') accuse('contradicting', `the operator inserted the row as ${after.status}`);
}

function judgeUpdate(before: Row, after: Row, asked: readonly Asked[], at: number, accuse: Accuse): void {
  if (asked.length === 0) accuse('contradicting', 'the operator changed the row of another producer');
  if (!isDeepStrictEqual(words(before), words(after))) accuse('contradicting', 'the operator changed what is the workers’ to tell');
  if (before.status === after.status) {
    if (!isFinished(after.status) && after.ttl_expires_at !== null && before.ttl_expires_at === null) accuse('contradicting', 'the operator let an unfinished row expire');
    if (before.updated_at !== after.updated_at) accuse('contradicting', 'the operator moved updated_at without an end of its own');
  } else if (isFinished(before.status)) {
    accuse(isFinished(after.status) ? 'contradicting' : 'resurrected', `the operator turned ${before.status} into ${after.status}`);
  } else if (after.status !== 'cancelled') {
    accuse('contradicting', `the operator turned ${before.status} into ${after.status}`);
  } else if (!isEndAsked(asked, at, false)) {
    accuse('contradicting', 'the operator cancelled what nobody had asked to cancel');
  }
}

/** What no statement of the operator touches. */
function words({ type, progress, request_payload, result, error, created_at }: Row): object {
  return { type, progress, request_payload, result, error, created_at };
}

/** @param anyPolicy a Job deleted before its row exists gets one as cancelled, under every policy */
function isEndAsked(asked: readonly Asked[], at: number, anyPolicy: boolean): boolean {
  return asked.some(
    ({ cancelledAt, deletedAt, deletionPolicy }) => isBefore(cancelledAt, at) || (isBefore(deletedAt, at) && (anyPolicy || deletionPolicy !== 'Retain')),
  );
}

function judgeRemoval(before: Row, asked: readonly Asked[], at: number, shown: readonly SoakJob[], evidence: Evidence, accuse: Accuse): void {
  const now = Math.floor(at / 1000);
  if (before.created_at !== null && now - before.created_at < MIN_AGE_SECONDS) accuse('contradicting', `the operator removed the row at the age of ${now - before.created_at} s`);
  const deleted = asked.filter(({ deletedAt }) => isBefore(deletedAt, at));
  if (deleted.some(({ deletionPolicy }) => deletionPolicy === 'Delete')) return;
  if (!isFinished(before.status)) accuse('contradicting', `the sweep removed the row while it was ${before.status}`);
  if (before.ttl_expires_at === null || before.ttl_expires_at >= now) accuse('contradicting', 'the sweep removed the row before it had expired');
  // Of another producer, or of a Job on its way out: there is nobody who has to show it.
  if (asked.length === 0 || deleted.length > 0 || shown.some((job) => shows(job, before))) return;
  // Its last versions may have passed while the API server was down.
  if (evidence.gaps > 0 && !isAlive(asked, evidence)) return;
  accuse('contradicting', `the sweep removed the row as ${before.status}, which its Job had never shown`);
}

function isAlive(asked: readonly Asked[], { lives }: Evidence): boolean {
  return asked.some(({ uid }) => uid !== undefined && lives.get(uid)?.goneAt === undefined);
}

/** A row of a Job that was to be cancelled or removed with it, still there for a worker to take. */
function isOrphanStarted({ before, after, jobId, at }: DiaryEntry, asked: readonly Asked[], { lives }: Evidence): boolean {
  if (before?.status !== 'pending' || after?.status === 'pending' || after === null) return false;
  const [only, ...others] = asked;
  // A key may have found another Job meanwhile.
  if (only === undefined || others.length > 0 || only.key !== undefined || only.deletionPolicy === 'Retain' || only.deletedAt === undefined) return false;
  const life = lives.get(jobId);
  if (life?.goneAt === undefined) return false;
  // The API server did not wait for a finalizer that came too late. Its row is looked after then, unless the operator was away: no promise covers that.
  const last = life.versions.at(-1)?.job.metadata;
  const wasRaced = last?.deletionTimestamp === undefined && (last?.finalizers ?? []).length > 0;
  return !wasRaced && at > life.goneAt + CLOCK_STEP_MS;
}

function isBefore(moment: number | undefined, at: number): boolean {
  return moment !== undefined && moment <= at + CLOCK_STEP_MS;
}
