/** A restart with all Jobs there: one row changed while the operator was away, and nothing else is to be written. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../figure.ts';
import { untilQuiet } from '../quiet.ts';
import { since } from '../traffic.ts';
import type { Trial } from '../trial.ts';

const POLL_MS = 20;
/** For /readyz after that; an operator of somebody else may have none. */
const READY_PATIENCE_MS = 5_000;
const MB = 1024 * 1024;

export async function restart(trial: Trial): Promise<Figures> {
  const { names, contender, watch, traffic, worker, settings } = trial;
  const name = names.at(-1) ?? '';
  const jobId = watch.jobs.get(name)?.jobId;
  await contender.stop();
  const progress = 2 + Math.ceil(settings.changes / names.length);
  await worker.execute("UPDATE jobs SET status = 'running', progress = ? WHERE job_id = ?", [progress, jobId ?? null]);
  const quiet = await traffic.total();
  const began = performance.now();
  contender.launch();
  const giveUp = { at: Number.POSITIVE_INFINITY };
  const readiness = readyAt(contender, giveUp);
  const shownAt = await contender.whileAlive(watch.until('shown after the restart', [name], (job) => job?.phase === 'Running' && job.progress === progress));
  giveUp.at = shownAt + READY_PATIENCE_MS;
  const ready = await readiness;
  // For what one writes that did not look first.
  const { writes } = since(quiet, await untilQuiet(trial));
  const { residentBytes } = contender.usage();
  return {
    ...(ready === undefined ? {} : { restartReady: (ready - began) / 1000 }),
    restartShown: (shownAt - began) / 1000,
    // One was needed.
    restartWrites: writes - 1,
    restartMemory: residentBytes / MB,
  };
}

async function readyAt(contender: Trial['contender'], giveUp: { readonly at: number }): Promise<number | undefined> {
  while (performance.now() < giveUp.at) {
    if (await contender.ready()) return performance.now();
    await sleep(POLL_MS);
  }
  return undefined;
}
