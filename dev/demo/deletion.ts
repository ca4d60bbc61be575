/** Act: a Job is deleted while it runs; its row is cancelled before the resource goes. */

import { hasLeft } from './cancellation.ts';
import { CAST } from './cast.ts';
import { listJobs } from './job-resource.ts';
import { until, uidOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { sideBySide } from './side-by-side.ts';

export async function showDeletion(scene: Scene): Promise<void> {
  const { screen, cluster, watch, readRows, verdict } = scene;
  const name = CAST.deleted;
  const uid = uidOf(scene, name);
  screen.heading('5  kubectl delete: a Job goes while it runs, and its work stops');
  await until(scene, `${name} to be running`, () => watch.jobs.get(name)?.status.phase === 'Running');
  // Returns when the resource has gone, which is when the operator takes its finalizer off.
  const printed = await cluster.kubectl(['delete', 'wpjob', name, '--timeout=30s']);
  screen.command(`kubectl delete wpjob ${name}`, printed);
  // Read at once: the row has to be cancelled before the resource goes, not some time later.
  const job = (await listJobs(cluster.api, cluster.namespace)).get(name);
  const row = (await readRows()).rows.get(uid);
  await until(scene, `the worker to let go of ${name}`, () => hasLeft(scene, uid));
  for (const line of sideBySide([{ name, job, row }], screen)) screen.say(line);
  verdict.check(
    'kubectl delete took a running Job: row cancelled first, worker stopped',
    job === undefined && row?.status === 'cancelled',
    `the resource is ${job === undefined ? 'gone' : 'there'}, the row is ${row?.status ?? 'gone'}`,
  );
}
