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
  const moveTo = async (progress: number): Promise<void> => {
    await worker.execute("UPDATE jobs SET status = 'running', progress = ? WHERE job_id = ?", [progress, watch.jobs.get(name)?.jobId ?? null]);
  };
  const shows = (progress: number): Promise<number> =>
    contender.whileAlive(watch.until('shown', [name], (job) => job?.phase === 'Running' && job.progress === progress));
  // What was begun needs one write for a step; a beginning is told by an Event as well.
  const begun = 2 + Math.ceil(settings.changes / names.length);
  await moveTo(begun);
  await shows(begun);
  await untilQuiet(trial);
  await contender.stop();
  await moveTo(begun + 1);
  const quiet = await traffic.total();
  const began = performance.now();
  contender.launch();
  const giveUp = { at: Number.POSITIVE_INFINITY };
  const readiness = readyAt(contender, giveUp);
  const shownAt = await shows(begun + 1);
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
