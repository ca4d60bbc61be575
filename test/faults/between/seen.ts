/** What is seen of a lane from outside: what has not come to its end, what a user saw while the fault lasted, and what was written. */

import { disagreements } from '../../../dev/agreement.ts';
import { judgeRows } from '../../../dev/soak/row-rules.ts';
import { judgeShown } from '../../../dev/soak/shown-rules.ts';
import { conditionOf } from '../../../dev/soak/soak-job.ts';
import type { SoakJob } from '../../../dev/soak/soak-job.ts';
import type { Life } from '../../../dev/soak/history.ts';
import { compareResourceVersions } from '../../../src/engine/resource-version.ts';
import { conditionsOf } from '../../e2e/support/jobs.ts';
import { CAST, LATE, PROGRESS } from './cast.ts';
import type { Lane } from './lane.ts';

/** Of what was asked or done while it lasted. */
export interface Meanwhile {
  /** The new Job has its row. */
  readonly accepted: boolean;
  /** The end that a worker told is shown. */
  readonly shown: boolean;
  readonly cancelled: boolean;
  /** `told`: it waits, and the Job says why. */
  readonly deletion: 'done' | 'told' | 'waits';
}

export const ALL_DONE: Meanwhile = { accepted: true, shown: true, cancelled: true, deletion: 'done' };
export const ALL_WAITS: Meanwhile = { accepted: false, shown: false, cancelled: false, deletion: 'waits' };

/** By the versions that a watch has delivered so far: the API server itself may be away. */
export function seenMeanwhile({ history, play }: Lane): Meanwhile {
  const lifeOf = (name: string): Life | undefined => history.lives.get(play.asked.all.find((one) => one.name === name)?.uid ?? '');
  const lastOf = (name: string) => lifeOf(name)?.versions.at(-1)?.job;
  const deleted = lastOf('deleted');
  const synced = deleted === undefined ? undefined : conditionOf(deleted, 'Synced');
  return {
    accepted: lastOf(LATE.name)?.status.jobId !== undefined,
    shown: lastOf('completes')?.status.phase === 'Completed',
    cancelled: lastOf('cancelled')?.status.phase === 'Cancelled',
    deletion: lifeOf('deleted')?.goneAt !== undefined ? 'done' : synced?.startsWith('Unknown') === true ? 'told' : 'waits',
  };
}

/** As a user would tell it. */
export function inWords({ accepted, shown, cancelled, deletion }: Meanwhile): string {
  const waiting = [accepted ? [] : ['new Jobs'], shown ? [] : ['workers’ news'], cancelled ? [] : ['cancels'], deletion === 'done' ? [] : ['deletions']].flat();
  if (waiting.length === 0) return 'nothing waits';
  const list = waiting.length === 4 ? 'everything waits' : `${waiting.join(', ')} wait`;
  return `statuses stand; ${list}${deletion === 'told' ? ', the deletion says why' : ''}`;
}

/** What is still to be done about the Jobs, but for the one that is to expire; a sentence each. */
export async function unsettled({ jobs, rows, play }: Lane): Promise<readonly string[]> {
  const resources = await jobs.list();
  const table = new Map((await rows().all()).map((row) => [row.job_id, row]));
  const left = resources.filter(({ metadata }) => metadata.name !== 'expires').flatMap((job) => disagreements(job, table.get(job.metadata.uid)));
  const expected = { completes: 'completed', cancelled: 'cancelled', deleted: 'cancelled', [LATE.name]: 'pending' } as const;
  for (const [name, status] of Object.entries(expected)) {
    const found = table.get(play.idOf(name as keyof typeof expected))?.status;
    if (found !== status) left.push(`the row of ${name} is ${found ?? 'not there'}, not ${status}`);
  }
  if (table.get(play.idOf('progresses'))?.progress !== PROGRESS) left.push('the row of progresses has lost what its worker told');
  if (resources.some(({ metadata }) => metadata.name === 'deleted')) left.push('deleted is still there');
  return left;
}

/** What is still to be done about the Job that is to expire. */
export async function unexpired({ jobs, rows, play }: Lane): Promise<readonly string[]> {
  const [job, row] = [await jobs.get('expires'), await rows().find(play.idOf('expires'))];
  const { Synced, Complete } = conditionsOf(job);
  return [
    ...(row === undefined ? [] : ['the expired row is still there']),
    ...(Synced === 'False Expired' && Complete === 'True Completed' ? [] : [`expires shows Synced=${Synced}, Complete=${Complete}`]),
  ];
}

/** When a Job got its last version so far, milliseconds since the epoch; but for the one that is to expire. */
export function lastVersionAt({ history }: Lane): number {
  const versions = [...history.lives.values()].flatMap((life) => life.versions.slice(-1));
  return Math.max(...versions.filter(({ job }) => job.metadata.name !== 'expires').map(({ at }) => at));
}

/** New versions of each Job after this resource version, by its name. */
export function versionsSince({ history }: Lane, resourceVersion: string): ReadonlyMap<string, readonly SoakJob[]> {
  const isNew = (job: SoakJob): boolean => (compareResourceVersions(job.metadata.resourceVersion, resourceVersion) ?? 1) > 0;
  const lives = [...history.lives.values()].map(({ versions }) => versions.map(({ job }) => job));
  return new Map(lives.map((jobs) => [jobs[0]?.metadata.name ?? '', jobs.filter(isNew)]));
}

/**
 * More was written about these than has changed.
 *
 * @param more what else is due, by name
 * @param others what somebody else has written, by name
 */
export function superfluousVersions(versions: ReadonlyMap<string, readonly SoakJob[]>, more: Readonly<Record<string, number>>, others: ReadonlyMap<string, number>): readonly string[] {
  const due = [...Object.entries(CAST), [LATE.name, LATE] as const].map(([name, part]) => [name, part.versions + (more[name] ?? 0)] as const);
  return due.flatMap(([name, reasons]) => {
    const found = versions.get(name) ?? [];
    const count = found.length - (others.get(name) ?? 0);
    return count > reasons ? [`${name} got ${count} new versions, and had reason for ${reasons}: ${found.map(inShort).join(', then ')}`] : [];
  });
}

function inShort(job: SoakJob): string {
  const { metadata, status } = job;
  const held = metadata.finalizers === undefined ? 'held by nothing' : `held by ${metadata.finalizers.join(' and ')}`;
  return `${status.phase} ${status.progress} % Synced=${conditionOf(job, 'Synced')} ${metadata.deletionTimestamp === undefined ? '' : 'deleted, '}${held}`;
}

/** By the rules of the soak: what was done to a row that must not be, and what was shown that was not so. */
export async function violations({ play, history, diary, isTimeShared }: Lane): Promise<readonly string[]> {
  // By another clock the end of a resource cannot be compared with what a worker did; none of this play does anything after it.
  const lives = isTimeShared ? history.lives : new Map([...history.lives].map(([uid, { versions }]) => [uid, { versions, goneAt: undefined }]));
  const evidence = { asked: play.asked, diary: await diary(), lives, gaps: history.gaps };
  return [...judgeRows(evidence), ...judgeShown(evidence)].map(({ kind, what, jobId, uid }) => `${kind}: ${what} (${jobId ?? uid ?? ''})`);
}
