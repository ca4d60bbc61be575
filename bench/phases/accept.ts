/**
 * Acceptance. The Jobs are made while the operator is frozen, and it is let go when all are there: then neither who makes them nor how a
 * process starts is part of the figure, and one that has run for a while is what meets a burst in practice, too. Some at a time, so that what the
 * API server keeps for a frozen watcher is not more than it will keep.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { chunksOf } from '../chunks.ts';
import type { Figures } from '../figure.ts';
import { JOB } from '../job-kind.ts';
import { mean } from '../statistics.ts';
import { since } from '../traffic.ts';
import type { Trial } from '../trial.ts';

/** 2 MB of events: what fits into a connection that nobody reads. */
export const HELD_JOBS = 1_000;

/** For what an operator does afterwards, such as telling Events; its cost counts, its time does not. */
export const AFTERWORK_MS = 1_000;

export async function accept({ names, contender, client, watch, floor, traffic, worker, say }: Trial): Promise<Figures> {
  const floors = [await floor.measure('accept')];
  const before = contender.usage();
  let ms = 0;
  let requests = 0;
  let statements = 0;
  for (const [index, some] of chunksOf(names, HELD_JOBS).entries()) {
    contender.hold();
    await client.each(some, (name) => [JOB.create(name)]);
    await watch.until('created', some, (job) => job !== undefined);
    const quiet = await traffic.total();
    const began = contender.release();
    ms += (await contender.whileAlive(watch.until('accepted', some, (job) => job?.phase === 'Pending'))) - began;
    await sleep(AFTERWORK_MS);
    const busy = since(quiet, await traffic.total());
    requests += busy.writes;
    statements += busy.statements;
    if (names.length > HELD_JOBS) say(`${Math.min((index + 1) * HELD_JOBS, names.length)} accepted`);
  }
  const after = contender.usage();
  await demandRows(worker, names.length);
  floors.push(await floor.measure('accept'));
  const acceptRate = names.length / (ms / 1000);
  return {
    acceptRate,
    acceptFloor: mean(floors),
    acceptShare: acceptRate / mean(floors),
    acceptCpu: (after.cpuMs - before.cpuMs) / names.length,
    acceptWrites: requests / names.length,
    acceptStatements: statements / names.length,
  };
}

/** What shows Pending has to have a row. */
async function demandRows(worker: Trial['worker'], jobs: number): Promise<void> {
  const [rows] = await worker.query("SELECT COUNT(*) AS count FROM jobs WHERE status = 'pending'");
  const count = (rows as { count: number }[])[0]?.count;
  if (count !== jobs) throw new Error(`${jobs} Jobs show Pending, and there are ${count} pending rows`);
}
