/** Completion in bulk: one statement completes all rows, and the time is taken from its commit until all Jobs show it. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../figure.ts';
import { mean } from '../statistics.ts';
import { RESULT } from '../status-double.ts';
import { since } from '../traffic.ts';
import type { Trial } from '../trial.ts';
import { AFTERWORK_MS } from './accept.ts';

export const COMPLETE_ALL = "UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW(), result = ? WHERE status IN ('pending', 'running')";

export async function complete({ names, contender, watch, floor, traffic, worker }: Trial): Promise<Figures> {
  const floors = [await floor.measure('complete')];
  const quiet = await traffic.total();
  const before = contender.usage();
  const shown = contender.whileAlive(watch.until('completed', names, (job) => job?.phase === 'Completed'));
  await Promise.race([worker.query(COMPLETE_ALL, [JSON.stringify(RESULT)]), shown]);
  const began = performance.now();
  const ms = (await shown) - began;
  await sleep(AFTERWORK_MS);
  const after = contender.usage();
  const { writes, statements } = since(quiet, await traffic.total());
  floors.push(await floor.measure('complete'));
  const completeRate = names.length / (ms / 1000);
  return {
    completeRate,
    completeFloor: mean(floors),
    completeShare: completeRate / mean(floors),
    completeCpu: (after.cpuMs - before.cpuMs) / names.length,
    completeWrites: writes / names.length,
    // Without the worker's own.
    completeStatements: (statements - 1) / names.length,
  };
}
