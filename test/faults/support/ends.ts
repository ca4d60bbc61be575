/** How each life has to end, whatever happened on the way: contract, sections 4 and 5, seen from outside. A sentence for each thing that is not so. */

import { isDeepStrictEqual } from 'node:util';
import { TOMBSTONES_TABLE } from '../../../src/database/jobs-table.ts';
import { disagreements } from '../../e2e/support/agreement.ts';
import { conditionsOf } from '../../e2e/support/jobs.ts';
import type { Job } from '../../e2e/support/jobs.ts';
import { CONFLICTING, RESULT, UNSEEN } from './life.ts';
import type { LifeIds, Role } from './life.ts';
import type { Stage } from './stage.ts';

interface End {
  /** What the row says in the end; undefined: it is gone. */
  readonly row: 'pending' | 'completed' | 'failed' | 'cancelled' | undefined;
  /** It may be gone as well: never written, since its Job was deleted first, or swept when it had come of age. */
  readonly rowOptional?: boolean;
  /** The row has a TTL. */
  readonly expires?: boolean;
  /** `shows the row`, or what is left of one; `gone`: deleted, so that no finalizer of ours held it. */
  readonly resource: 'shows the row' | 'shows the outcome' | 'gone';
  /** A row was removed that had a key. */
  readonly tombstone?: boolean;
}

const ENDS: Readonly<Record<Role | typeof UNSEEN, End>> = {
  plain: { row: 'completed', expires: true, resource: 'shows the row' },
  failing: { row: 'failed', resource: 'shows the row' },
  'born-cancelled': { row: 'cancelled', resource: 'shows the row' },
  'cancelled-later': { row: 'cancelled', resource: 'shows the row' },
  swept: { row: undefined, resource: 'shows the outcome' },
  'swept-whole': { row: undefined, resource: 'gone' },
  keyed: { row: undefined, resource: 'shows the outcome', tombstone: true },
  'deleted-cancel': { row: 'cancelled', expires: true, resource: 'gone' },
  'deleted-retain': { row: 'pending', resource: 'gone' },
  'deleted-young': { row: 'cancelled', rowOptional: true, expires: true, resource: 'gone' },
  'deleted-at-death': { row: 'cancelled', rowOptional: true, expires: true, resource: 'gone' },
  'deleted-old': { row: undefined, resource: 'gone' },
  'deleted-keyed': { row: undefined, resource: 'gone', tombstone: true },
  [UNSEEN]: { row: 'cancelled', expires: true, resource: 'gone' },
};

/** Rows that were there from the first moment as no worker may take them. */
const NEVER_TO_RUN: readonly string[] = ['born-cancelled', UNSEEN];

/** What has not come to its end yet; asked again until there is nothing. */
export async function unfinishedEnds({ jobs, rows }: Stage, ids: LifeIds): Promise<readonly string[]> {
  const resources = new Map((await jobs.list()).map((job) => [job.metadata.name, job]));
  const table = new Map((await rows.all()).map((row) => [row.job_id, row]));
  const tombstones = new Set((await rows.query<{ job_id: string }>(`SELECT job_id FROM ${TOMBSTONES_TABLE}`)).map((row) => row.job_id));
  const problems: string[] = [];
  for (const [name, end] of Object.entries(ENDS)) {
    const id = ids.rows.get(name) ?? '';
    const row = table.get(id);
    const job = resources.get(name);
    if (row?.status !== end.row && !(row === undefined && end.rowOptional === true)) problems.push(`the row of ${name} is ${row?.status ?? 'gone'}, not ${end.row ?? 'gone'}`);
    if (row !== undefined && (row.ttl_expires_at !== null) !== (end.expires === true)) problems.push(`the row of ${name} expires: ${row.ttl_expires_at}`);
    if (tombstones.has(id) !== (end.tombstone === true)) problems.push(`the row of ${name} has ${tombstones.has(id) ? 'a' : 'no'} tombstone`);
    if (end.resource === 'gone') problems.push(...(job === undefined ? [] : [`${name} is still there`]));
    else if (job === undefined) problems.push(`${name} is gone`);
    else problems.push(...(end.resource === 'shows the row' ? disagreements(job, row) : differencesToOutcome(job, id)));
  }
  const refused = resources.get(CONFLICTING);
  if (refused === undefined || refused.status.jobId !== undefined || conditionsOf(refused)['Stalled'] !== 'True IdempotencyConflict') {
    problems.push(`${CONFLICTING} shows ${JSON.stringify(refused?.status)}`);
  }
  if (table.has(ids.foreign)) problems.push('the expired row of another producer is still there');
  const known = new Set(ids.rows.values());
  for (const id of table.keys()) if (!known.has(id) && id !== ids.foreign) problems.push(`row ${id} is of no resource`);
  return problems;
}

/** What must never have happened, at any time of the life. */
export async function violations({ audit, history }: Stage, ids: LifeIds): Promise<readonly string[]> {
  const entries = await audit.entries();
  // After a long pause it is old enough to be removed as it is, which is what its `deletionPolicy` asks for.
  const young = `${ids.rows.get('deleted-young')} was deleted while pending`;
  const found = (await audit.violations()).filter((violation) => violation !== young);
  const known = new Map([...ids.rows].map(([name, id]) => [id, name]));
  for (const { what, jobId, after } of entries) {
    const name = known.get(jobId);
    if (what === 'insert' && name === undefined && jobId !== ids.foreign) found.push(`${jobId} was inserted for no resource`);
    if (name !== undefined && NEVER_TO_RUN.includes(name) && after !== null && after !== 'cancelled') found.push(`the row of ${name} was ${after}`);
  }
  for (const versions of history.versions.values()) found.push(...regressions(versions));
  for (const name of ['swept', 'swept-whole', 'keyed', 'deleted-old', 'deleted-keyed']) {
    // Nothing but the row knew the outcome: if it is shown, it was shown before the row went.
    const last = history.versions.get(ids.uids.get(name) ?? '')?.at(-1);
    if (last === undefined) found.push(`${name} was never seen`);
    else found.push(...differencesToOutcome(last, ids.rows.get(name) ?? '', name.startsWith('deleted-') ? 'True RowShown' : undefined));
  }
  return found;
}

/** Nobody in this play wakes a finished job: what was shown as ended stays so. */
export function regressions(versions: readonly Job[]): readonly string[] {
  let ended: string | undefined;
  const found: string[] = [];
  for (const { metadata, status } of versions) {
    if (ended !== undefined && status.phase !== ended) found.push(`${metadata.name} showed ${ended}, and then ${status.phase}`);
    if (status.phase === 'Completed' || status.phase === 'Failed' || status.phase === 'Cancelled') ended = status.phase;
  }
  return found;
}

/** Of a Job whose row was completed, and is gone. `synced`: where it was still there when the resource was last seen. */
function differencesToOutcome(job: Job, jobId: string, synced?: string): readonly string[] {
  const { metadata, status } = job;
  const conditions = conditionsOf(job);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['jobId', status.jobId, jobId],
    ['phase', status.phase, 'Completed'],
    ['progress', status.progress, 100],
    ['result', status.result, JSON.parse(RESULT)],
    ['Complete', conditions['Complete'], 'True Completed'],
    // A resource that went along with its row may go before it says so.
    ['Synced', conditions['Synced'] === 'True RowShown' && metadata.name === 'swept-whole' ? 'False Expired' : conditions['Synced'], synced ?? 'False Expired'],
  ];
  return pairs.filter(([, shown, expected]) => !isDeepStrictEqual(shown, expected)).map(([field, shown]) => `${metadata.name}: ${field} is ${JSON.stringify(shown)} after its row has gone`);
}

/** The names of everything that could be written to, with its version: the same twice means that nothing was written between. */
export async function versionsOf({ jobs, audit }: Stage, ids: LifeIds): Promise<Readonly<Record<string, string | number>>> {
  const resources = (await jobs.list()).map(({ metadata }) => [metadata.name, metadata.resourceVersion] as const);
  // That row goes as soon as it is of age, which may be now.
  const changes = (await audit.entries()).filter(({ what, jobId }) => what !== 'delete' || jobId !== ids.rows.get('deleted-young'));
  return { ...Object.fromEntries(resources), 'changes of rows': changes.length };
}

