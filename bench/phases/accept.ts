/** Acceptance: from Jobs that are there to a row for each, and Pending shown. */

import { betweenFloors } from '../bracket.ts';
import { costOf } from '../cost.ts';
import type { Figures } from '../figure.ts';
import { meetBurst } from '../held.ts';
import { JOB } from '../job-kind.ts';
import type { Trial } from '../trial.ts';

export async function accept(trial: Trial): Promise<Figures> {
  const { names, floor, worker } = trial;
  const { yielded, perSecond } = await betweenFloors(floor, 'accept', () =>
    costOf(trial, () =>
      meetBurst(trial, {
        write: (name) => JOB.create(name),
        written: (job) => job !== undefined,
        what: 'accepted',
        done: (job) => job?.phase === 'Pending',
      }),
    ),
  );
  const { yielded: ms, cost } = yielded;
  await demandRows(worker, names.length);
  const acceptRate = names.length / (ms / 1000);
  return {
    acceptRate,
    acceptFloor: perSecond,
    acceptShare: acceptRate / perSecond,
    acceptCpu: cost.cpuMs / names.length,
    // Without the user's own.
    acceptWrites: cost.writes / names.length - 1,
    acceptStatements: cost.statements / names.length,
  };
}

/** What shows Pending has to have a row. */
async function demandRows(worker: Trial['worker'], jobs: number): Promise<void> {
  const [rows] = await worker.query("SELECT COUNT(*) AS count FROM jobs WHERE status = 'pending'");
  const count = (rows as { count: number }[])[0]?.count;
  if (count !== jobs) throw new Error(`${jobs} Jobs show Pending, and there are ${count} pending rows`);
}
