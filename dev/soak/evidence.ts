/** All that is known of a soak from outside: what was asked for, what happened to the rows, what the resources have shown. */

import type { DiaryEntry } from '../row-diary.ts';
import type { Row } from '../row.ts';
import type { AskedFor } from './asked.ts';
import type { Life } from './history.ts';
import type { SoakJob, SoakPayload } from './soak-job.ts';

export interface Evidence {
  readonly asked: AskedFor;
  /** Oldest first. */
  readonly diary: readonly DiaryEntry[];
  /** By uid. */
  readonly lives: ReadonlyMap<string, Life>;
  /** How often versions of resources may have passed unseen. */
  readonly gaps: number;
}

export const isFinished = (status: string): boolean => status === 'completed' || status === 'failed' || status === 'cancelled';

export function tokenOf(row: Row): string {
  return (JSON.parse(row.request_payload) as SoakPayload).token;
}

export function entriesByRow(diary: readonly DiaryEntry[]): ReadonlyMap<string, readonly DiaryEntry[]> {
  return Map.groupBy(diary, ({ jobId }) => jobId);
}

/** The row as it was last, also when it is gone. */
export function lastState(entries: readonly DiaryEntry[]): Row | undefined {
  const last = entries.at(-1);
  return last?.after ?? last?.before ?? undefined;
}

/** Every version that named this row. */
export function versionsOfRow(lives: ReadonlyMap<string, Life>): ReadonlyMap<string, readonly SoakJob[]> {
  const jobs = [...lives.values()].flatMap(({ versions }) => versions.map(({ job }) => job)).filter(({ status }) => status.jobId !== undefined);
  return Map.groupBy(jobs, ({ status }) => status.jobId ?? '');
}
