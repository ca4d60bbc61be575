/**
 * Single changes at a fixed rate: a worker takes a row and tells its progress, and the time is taken from its commit to the moment at which a watch
 * sees the status. The rate is kept whether the operator follows or not; the next row is another Job's.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { costOf } from '../cost.ts';
import type { Figures } from '../figure.ts';
import { atRate } from '../rate.ts';
import { mean, quantile } from '../../dev/statistics.ts';
import type { Trial } from '../trial.ts';

interface Change {
  readonly name: string;
  readonly progress: number;
  committedAt: number;
}

const STATEMENT = "UPDATE jobs SET status = 'running', progress = ? WHERE job_id = ? AND status IN ('pending', 'running')";
/** Enough for a median. */
const FLOOR_WRITES = 100;
const STANDSTILL_MS = 60_000;
const POLL_MS = 50;

export async function change(trial: Trial): Promise<Figures> {
  const { settings, floor } = trial;
  // To each Job once: two writes under way to the same one would meet in conflicts.
  const writes = Math.min(settings.changes, settings.floorJobs, FLOOR_WRITES);
  const measureFloor = (): Promise<readonly number[]> => floor.latencies(settings.changesPerSecond, writes);
  const floors = [await measureFloor()];
  const { yielded: latencies, cost } = await costOf(trial, () => changeAll(trial));
  floors.push(await measureFloor());
  return {
    changeP50: quantile(latencies, 0.5),
    changeP99: quantile(latencies, 0.99),
    changeFloor: mean(floors.map((each) => quantile(each, 0.5))),
    changeCpu: cost.cpuMs / settings.changes,
    changeWrites: cost.writes / settings.changes,
    // Without the worker's own.
    changeStatements: cost.statements / settings.changes - 1,
  };
}

/** Milliseconds from commit to status, one for each change. */
async function changeAll(trial: Trial): Promise<readonly number[]> {
  const { names, settings, contender, watch } = trial;
  const latencies: number[] = [];
  const open = new Map<string, Change>();
  let lastShownAt = performance.now();
  const stop = watch.onEvent(({ job }) => {
    const due = open.get(job.name);
    if (due === undefined || job.phase !== 'Running' || job.progress < due.progress) return;
    lastShownAt = performance.now();
    open.delete(job.name);
    // A watch can be quicker than the answer to the worker's COMMIT.
    latencies.push(Math.max(0, lastShownAt - due.committedAt));
  });
  try {
    await atRate(settings.changesPerSecond, settings.changes, (index) =>
      make(trial, open, { name: names[index % names.length] ?? '', progress: 1 + Math.floor(index / names.length), committedAt: Number.POSITIVE_INFINITY }),
    );
    while (open.size > 0) {
      if (performance.now() - lastShownAt > STANDSTILL_MS) throw new Error(`${open.size} of ${settings.changes} changes are not shown, and none was for ${STANDSTILL_MS / 1000} s`);
      await contender.whileAlive(sleep(POLL_MS));
    }
    return latencies;
  } finally {
    stop();
  }
}

async function make({ worker, watch }: Trial, open: Map<string, Change>, due: Change): Promise<void> {
  const jobId = watch.jobs.get(due.name)?.jobId;
  if (jobId === undefined) throw new Error(`${due.name} shows no status.jobId`);
  open.set(due.name, due);
  await worker.execute(STATEMENT, [due.progress, jobId]);
  due.committedAt = performance.now();
}
