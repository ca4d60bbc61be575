/** Deletion of finished Jobs. They are deleted while the operator is frozen, and the time is taken from letting it go until all are gone. */

import { setTimeout as sleep } from 'node:timers/promises';
import { chunksOf } from '../chunks.ts';
import type { Figures } from '../figure.ts';
import { JOB } from '../job-kind.ts';
import { mean } from '../statistics.ts';
import type { Trial } from '../trial.ts';
import { AFTERWORK_MS, HELD_JOBS } from './accept.ts';

export async function remove({ names, contender, client, watch, floor }: Trial): Promise<Figures> {
  const floors = [await floor.measure('delete')];
  const before = contender.usage();
  let ms = 0;
  for (const some of chunksOf(names, HELD_JOBS)) {
    contender.hold();
    await client.each(some, (name) => [JOB.remove(name)]);
    await watch.until('deleted', some, (job) => job === undefined || job.deleting);
    const began = contender.release();
    ms += (await contender.whileAlive(watch.until('gone', some, (job) => job === undefined))) - began;
  }
  await sleep(AFTERWORK_MS);
  const after = contender.usage();
  floors.push(await floor.measure('delete'));
  const deleteRate = names.length / (ms / 1000);
  return { deleteRate, deleteFloor: mean(floors), deleteShare: deleteRate / mean(floors), deleteCpu: (after.cpuMs - before.cpuMs) / names.length };
}
