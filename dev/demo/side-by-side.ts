/** Resource and row next to each other, as an admin would compare them. */

import { conditionOf } from './job-resource.ts';
import type { JobResource } from './job-resource.ts';
import type { JobRow } from './job-rows.ts';
import { paintPhase } from './job-table.ts';
import type { Screen } from './screen.ts';
import { textTable } from '../text-table.ts';

export interface Pair {
  readonly name: string;
  readonly job: JobResource | undefined;
  readonly row: JobRow | undefined;
}

export function sideBySide(pairs: readonly Pair[], screen: Screen): string[] {
  const header = ['JOB', 'RESOURCE', '', 'ROW', '', 'EXPIRES'].map((title) => screen.paint('dim', title));
  return textTable([header, ...pairs.map(({ name, job, row }) => [name, ...resourceCells(job, screen), ...rowCells(row, screen)])]);
}

function resourceCells(job: JobResource | undefined, screen: Screen): string[] {
  if (job === undefined) return [screen.paint('dim', 'gone'), ''];
  const { phase = '', progress = 0 } = job.status;
  const synced = conditionOf(job, 'Synced');
  // Why the status is no longer the row's.
  const note = synced !== undefined && synced.status !== 'True' ? `, ${synced.reason}` : '';
  return [paintPhase(screen, phase), `${progress} %${note}`];
}

function rowCells(row: JobRow | undefined, screen: Screen): string[] {
  if (row === undefined) return [screen.paint('dim', 'removed'), '', ''];
  const phase = row.status.charAt(0).toUpperCase() + row.status.slice(1);
  const expires = row.expiresAt === null ? '' : `${new Date(row.expiresAt * 1000).toISOString().slice(11, 19)} UTC`;
  return [paintPhase(screen, phase, row.status), String(row.progress), expires];
}
