/** A few Jobs through their whole life before anything is measured: connections open, code compiled, caches filled. */

import { setTimeout as sleep } from 'node:timers/promises';
import { COMPLETE_ALL } from './phases/complete.ts';
import { JOB } from './job-kind.ts';
import { RESULT } from './status-double.ts';
import type { Trial } from './trial.ts';

const MOST_JOBS = 100;

export async function warmUp({ contender, client, watch, worker, settings }: Trial): Promise<void> {
  const names = Array.from({ length: Math.min(MOST_JOBS, settings.jobs) }, (_, index) => `warm-up-${index}`);
  for (let round = 0; round < settings.warmUps; round += 1) {
    await client.each(names, (name) => [JOB.create(name)]);
    await contender.whileAlive(watch.until('accepted in the warm-up', names, (job) => job?.phase === 'Pending'));
    // No job is done in no time; an operator that polls may never learn of a row that it never saw unfinished.
    await contender.whileAlive(sleep(settings.warmUpWorkMs));
    await worker.query(`${COMPLETE_ALL} AND job_id IN (?)`, [JSON.stringify(RESULT), names.map((name) => watch.jobs.get(name)?.jobId)]);
    await contender.whileAlive(watch.until('completed in the warm-up', names, (job) => job?.phase === 'Completed'));
    await client.each(names, (name) => [JOB.remove(name)]);
    await contender.whileAlive(watch.until('gone in the warm-up', names, (job) => job === undefined));
  }
}
