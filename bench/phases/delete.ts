/** Deletion of finished Jobs, until all are gone. */

import { betweenFloors } from '../bracket.ts';
import { costOf } from '../cost.ts';
import type { Figures } from '../figure.ts';
import { meetBurst } from '../held.ts';
import { JOB } from '../job-kind.ts';
import type { Trial } from '../trial.ts';

export async function remove(trial: Trial): Promise<Figures> {
  const { names, floor } = trial;
  const { yielded, perSecond } = await betweenFloors(floor, 'delete', () =>
    costOf(trial, () =>
      meetBurst(trial, {
        write: (name) => JOB.remove(name),
        // Without a finalizer it goes at once.
        written: (job) => job === undefined || job.deleting,
        what: 'gone',
        done: (job) => job === undefined,
      }),
    ),
  );
  const { yielded: ms, cost } = yielded;
  const deleteRate = names.length / (ms / 1000);
  return { deleteRate, deleteFloor: perSecond, deleteShare: deleteRate / perSecond, deleteCpu: cost.cpuMs / names.length };
}
