/** Act: a running job is cancelled with kubectl, and the worker learns of it from its own UPDATE. */

import { CAST } from './cast.ts';
import { differences } from './comparison.ts';
import { conditionOf, listJobs } from './job-resource.ts';
import { until, uidOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { sideBySide } from './side-by-side.ts';

export async function showCancellation(scene: Scene): Promise<void> {
  const { screen, cluster, watch, readRows, verdict } = scene;
  const name = CAST.cancelled;
  const uid = uidOf(scene, name);
  screen.heading('4  kubectl patch: a running job is cancelled');
  await until(scene, `${name} to be running`, () => watch.jobs.get(name)?.status.phase === 'Running');
  const patch = '{"spec":{"cancel":true}}';
  const printed = await cluster.kubectl(['patch', 'wpjob', name, '--type=merge', '-p', patch]);
  screen.command(`kubectl patch wpjob ${name} --type=merge -p '${patch}'`, printed);

  await until(scene, `${name} to be cancelled, resource and row`, async () => {
    const job = watch.jobs.get(name);
    return job?.status.phase === 'Cancelled' && (await readRows()).rows.get(uid)?.status === 'cancelled';
  });
  await until(scene, `the worker to let go of ${name}`, () => hasLeft(scene, uid));
  const job = (await listJobs(cluster.api, cluster.namespace)).get(name);
  const ready = conditionOf(job, 'Ready');
  const row = (await readRows()).rows.get(uid);
  for (const line of sideBySide([{ name, job, row }], screen)) screen.say(line);
  screen.say('  The next UPDATE of the worker matched no row: it stopped.');
  verdict.checkNone('kubectl patch cancelled a running job: its row says so, and the worker stopped', [
    ...(job === undefined ? ['the resource is gone'] : differences(job, row)),
    ...(row?.status === 'cancelled' ? [] : [`the row is ${row?.status}`]),
    ...(ready?.reason === 'Cancelled' && ready.status === 'True' ? [] : [`Ready is ${ready?.status}, ${ready?.reason}`]),
  ]);
}

/** The worker has found the job ended by somebody else. */
export function hasLeft({ workerEvents }: Scene, uid: string): boolean {
  return workerEvents.some(({ kind, jobId }) => kind === 'left' && jobId === uid);
}
