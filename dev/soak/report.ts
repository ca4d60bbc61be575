/** What a soak has to say in the end: the table, and the history of whoever was wronged. */

import { textTable } from '../text-table.ts';
import type { Evidence } from './evidence.ts';
import type { SoakOutcome } from './run.ts';
import { conditionOf } from './soak-job.ts';
import type { SoakJob } from './soak-job.ts';
import { VIOLATION_KINDS } from './violation.ts';
import type { Violation } from './violation.ts';

/** The first ones tell what is wrong; hundreds of them bury it. */
const TOLD_IN_FULL = 5;

export function reportOf({ seed, operations, inVain, faults, violations, evidence, settledAfter }: SoakOutcome): readonly string[] {
  const kills = faults.entries().reduce((sum, [kind, count]) => sum + (/killed|ended|restarted/.test(kind) ? count : 0), 0);
  const inserted = evidence.diary.filter(({ what }) => what === 'insert').length;
  const removed = evidence.diary.filter(({ what }) => what === 'delete').length;
  const cells: (readonly string[])[] = [
    ['operations', String(operations.total)],
    ...operations.entries().map(([what, count]) => [`  ${what}`, String(count)]),
    ['in vain', String(inVain.total)],
    ...inVain.entries().map(([what, count]) => [`  ${what}`, String(count)]),
    ['seen', ''],
    ['  resources', String(evidence.lives.size)],
    ['  rows inserted, removed', `${inserted}, ${removed}`],
    ['  changes in the diary', String(evidence.diary.length)],
    ['  all agreed after the storm, seconds', settledAfter.join(', ')],
    ['faults', String(faults.total)],
    ...faults.entries().map(([kind, count]) => [`  ${kind}`, String(count)]),
    ['kills', String(kills)],
    ...VIOLATION_KINDS.map((kind) => [kind, String(violations.filter((one) => one.kind === kind).length)]),
    ['seed', String(seed)],
  ];
  const told = violations.slice(0, TOLD_IN_FULL);
  // First what is wrong: of a long record only the beginning may be kept.
  return [...told.map(headline), ...textTable(cells), ...told.flatMap((violation) => ['', ...accountOf(violation, evidence)])];
}

function headline({ kind, jobId, uid, what }: Violation): string {
  return `  ${kind.toUpperCase()}: ${what} (row ${jobId}, resource ${uid})`;
}

/** What happened to row and resource, in one order of time. */
export function accountOf(violation: Violation, { diary, lives }: Evidence): readonly string[] {
  const { jobId, uid } = violation;
  const uids = new Set(uid === undefined ? [] : [uid]);
  for (const [each, { versions }] of lives) {
    if (jobId !== undefined && (each === jobId || versions.some(({ job }) => job.status.jobId === jobId))) uids.add(each);
  }
  const ofRow = diary
    .filter((entry) => entry.jobId === jobId)
    .map(({ at, who, what: how, before, after }) => {
      const { status, progress, error, completed_at, ttl_expires_at } = after ?? before ?? { status: '', progress: 0, error: null, completed_at: 0, ttl_expires_at: 0 };
      return { at, line: `row       ${how} by ${who}: ${status} ${progress} % error ${error} completed ${completed_at} expires ${ttl_expires_at}` };
    });
  const ofResources = [...uids].flatMap((each) => {
    const { versions, goneAt } = lives.get(each) ?? { versions: [], goneAt: undefined };
    const shown = versions.map(({ at, job }) => {
      const { status, metadata, spec } = job;
      const deleting = metadata.deletionTimestamp === undefined ? '' : ` deleted ${metadata.deletionTimestamp}`;
      const wishes = `cancel ${spec.cancel} ttl ${spec.ttlSecondsAfterFinished} ${spec.ttlPolicy} ${spec.deletionPolicy}`;
      const line = `resource  ${metadata.name} v${metadata.resourceVersion} g${metadata.generation}: ${status.phase} ${status.progress} % error ${status.error} completed ${status.completedAt} expires ${status.expiresAt} Synced ${conditionOf(job, 'Synced')} Stalled ${conditionOf(job, 'Stalled')}${refusalOf(job)} [${wishes}]${deleting}`;
      return { at, line };
    });
    return goneAt === undefined ? shown : [...shown, { at: goneAt, line: `resource  ${each} is gone` }];
  });
  const lines = [...ofRow, ...ofResources].toSorted((left, right) => left.at - right.at).map(({ at, line }) => `    ${new Date(at).toISOString().slice(11, 23)} ${line}`);
  return [headline(violation), ...lines];
}

/** The words of a refusal: it may name another Job, and those change. */
function refusalOf({ status }: SoakJob): string {
  return status.jobId === undefined ? (status.conditions ?? []).map(({ message }) => ` (${message})`).join('') : '';
}
