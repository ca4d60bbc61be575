/** What a resource may show over time, judged by its versions against the states of its row: contract, sections 1 and 5. */

import type { Row } from '../row.ts';
import { entriesByRow, isFinished, lastState } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import type { Life } from './history.ts';
import { shows, showsOutcome } from './shows.ts';
import { conditionOf } from './soak-job.ts';
import type { SoakJob } from './soak-job.ts';
import type { Violation, ViolationKind } from './violation.ts';

export function judgeShown({ diary, lives }: Evidence): readonly Violation[] {
  const rows = entriesByRow(diary);
  return [...lives].flatMap(([uid, life]) => {
    const jobId = life.versions.findLast(({ job }) => job.status.jobId !== undefined)?.job.status.jobId;
    const entries = jobId === undefined ? [] : (rows.get(jobId) ?? []);
    const states = entries.flatMap(({ after }) => (after === null ? [] : [after]));
    return judgeLife(life, states, lastState(entries)).map(([kind, what]) => ({ kind, jobId, uid, what }));
  });
}

type Finding = readonly [ViolationKind, string];

/** @param states of the row, oldest first; @param last also when it is gone */
function judgeLife({ versions }: Life, states: readonly Row[], last: Row | undefined): readonly Finding[] {
  const found: Finding[] = [];
  let named: string | undefined;
  let reached = 0;
  let before: string | undefined;
  for (const { job } of versions) {
    const { status } = job;
    if (named !== undefined && status.jobId !== named) found.push(['contradicting', `status.jobId went from ${named} to ${status.jobId}`]);
    named = status.jobId ?? named;
    if ((status.progress === 100) !== (status.phase === 'Completed')) found.push(['contradicting', `progress ${status.progress} with the phase ${status.phase}`]);
    if (status.phase === undefined) continue;
    if (conditionOf(job, 'Synced') !== 'True RowShown') {
      const outcome = showsLast(job, states[reached], last);
      if (!outcome) found.push(['contradicting', `it shows ${status.phase} without a row, whose last state was ${last?.status ?? 'none'}`]);
      continue;
    }
    const next = states.findIndex((state, index) => index >= reached && shows(job, state));
    if (next >= 0) {
      reached = next;
    } else {
      const stale = states.findIndex((state) => shows(job, state)) >= 0;
      const wokeUp = stale && before !== undefined && isFinished(before) && !isFinished(status.phase.toLowerCase());
      const what = stale ? `it went back to an older state of its row (${before} -> ${status.phase} ${status.progress} %)` : `it shows ${status.phase} ${status.progress} %, which its row never was`;
      found.push([wokeUp ? 'resurrected' : 'contradicting', what]);
    }
    before = status.phase.toLowerCase();
  }
  return found;
}

/** The row cannot be read, or is gone: what was shown before stands, or what a tombstone keeps. One removed before it finished was cancelled by that. */
function showsLast(job: SoakJob, reached: Row | undefined, last: Row | undefined): boolean {
  if (reached !== undefined && showsOutcome(job, reached)) return true;
  if (last === undefined) return false;
  return showsOutcome(job, isFinished(last.status) ? last : { ...last, status: 'cancelled' });
}
