/** Act: the operator is killed while a job runs, and started again after the job has ended. */

import { CAST, LATE_MANIFEST } from './cast.ts';
import { differences } from './comparison.ts';
import { listJobs } from './job-resource.ts';
import { until, uidOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { sideBySide } from './side-by-side.ts';

export async function showCrash(scene: Scene): Promise<void> {
  const { screen, cluster, operator, watch, readRows, uids, verdict, workerEvents } = scene;
  const name = CAST.outlived;
  screen.heading('6  kill -9: the operator dies, the work goes on, nothing is lost');
  screen.command(`kubectl apply -f ${LATE_MANIFEST}`, await cluster.kubectl(['apply', '-f', LATE_MANIFEST]));
  const seen = await until(scene, `${name} to be running`, () => {
    const job = watch.jobs.get(name);
    return job?.status.phase === 'Running' && job;
  });
  const { uid } = seen.metadata;
  uids.set(name, uid);

  scene.unplugged = true;
  const pid = operator.service.pid;
  await operator.service.kill('SIGKILL');
  screen.command(`kill -9 ${pid}`);
  scene.endPatience();
  await until(scene, `the worker to complete ${name}`, () => workerEvents.some(({ kind, jobId }) => kind === 'completed' && jobId === uid));
  const stale = (await listJobs(cluster.api, cluster.namespace)).get(name);
  screen.say('  The worker has finished meanwhile, and nobody is there to say so:');
  for (const line of sideBySide([{ name, job: stale, row: (await readRows()).rows.get(uid) }], screen)) screen.say(line);

  await operator.service.start();
  scene.unplugged = false;
  await until(scene, `${name} to be shown as completed by the new operator`, async () => {
    const job = watch.jobs.get(name);
    return job !== undefined && differences(job, (await readRows()).rows.get(uid)).length === 0;
  });
  const job = (await listJobs(cluster.api, cluster.namespace)).get(name);
  const { rows } = await readRows();
  screen.say('\n  Started again:');
  for (const line of sideBySide([{ name, job, row: rows.get(uidOf(scene, name)) }], screen)) screen.say(line);
  verdict.check(
    'killed and started again, the operator caught up, and the job ran once',
    stale?.status.phase === 'Running' && job?.status.phase === 'Completed' && workerEvents.filter(({ kind, jobId }) => kind === 'taken' && jobId === uid).length === 1,
    `phase ${stale?.status.phase} while it was dead, ${job?.status.phase} afterwards`,
  );
}
