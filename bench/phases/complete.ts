/** Completion in bulk: one statement completes all rows, and the time is taken from its commit until all Jobs show it. */

import { betweenFloors } from '../bracket.ts';
import { costOf } from '../cost.ts';
import type { Figures } from '../figure.ts';
import { RESULT } from '../status-double.ts';
import type { Trial } from '../trial.ts';

export const COMPLETE_ALL = "UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW(), result = ? WHERE status IN ('pending', 'running')";

export async function complete(trial: Trial): Promise<Figures> {
  const { names, floor } = trial;
  const { yielded, perSecond } = await betweenFloors(floor, 'complete', () => costOf(trial, () => completeAll(trial)));
  const { yielded: ms, cost } = yielded;
  const completeRate = names.length / (ms / 1000);
  return {
    completeRate,
    completeFloor: perSecond,
    completeShare: completeRate / perSecond,
    completeCpu: cost.cpuMs / names.length,
    completeWrites: cost.writes / names.length,
    // Without the worker's own.
    completeStatements: (cost.statements - 1) / names.length,
  };
}

/** Milliseconds. */
async function completeAll({ names, contender, watch, worker }: Trial): Promise<number> {
  const shown = contender.whileAlive(watch.until('completed', names, (job) => job?.phase === 'Completed'));
  await Promise.race([worker.query(COMPLETE_ALL, [JSON.stringify(RESULT)]), shown]);
  const began = performance.now();
  return (await shown) - began;
}
