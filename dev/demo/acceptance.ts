/** Act: Jobs are applied, and each becomes one row. */

import { MANIFESTS } from './cast.ts';
import { listJobs, sameValue } from './job-resource.ts';
import type { JobResource } from './job-resource.ts';
import { until } from './scene.ts';
import type { Scene } from './scene.ts';
import { sideBySide } from './side-by-side.ts';

export async function showAcceptance(scene: Scene): Promise<void> {
  const { screen, cluster, readRows, uids, verdict } = scene;
  screen.heading('2  kubectl apply: each Job becomes one row');
  const args = ['apply', ...MANIFESTS.map((path) => `--filename=${path}`)];
  const applied = await cluster.kubectl(args);
  const began = performance.now();
  screen.command(`kubectl apply ${MANIFESTS.map((path) => `-f ${path}`).join(' ')}`, applied);

  const jobs = [...(await listJobs(cluster.api, cluster.namespace)).values()];
  for (const { metadata } of jobs) uids.set(metadata.name, metadata.uid);
  const accepted = await until(scene, 'a row and status.jobId for each Job', async () => {
    const now = await listJobs(cluster.api, cluster.namespace);
    const { rows } = await readRows();
    return rows.size >= jobs.length && [...now.values()].every(({ status }) => status.jobId !== undefined) ? { now, rows } : undefined;
  });
  screen.say(`\n  ${((performance.now() - began) / 1000).toFixed(1)} s later:`);
  const pairs = [...accepted.now.values()].map((job) => ({ name: job.metadata.name, job, row: accepted.rows.get(job.metadata.uid) }));
  for (const line of sideBySide(pairs, screen)) screen.say(line);

  const { rows } = accepted;
  const withoutRow = pairs.filter(({ job, row }) => row === undefined || job.status.jobId !== row.jobId).map(({ name }) => name);
  verdict.check(
    `${jobs.length} Jobs became ${jobs.length} rows, each under its resource's UID`,
    withoutRow.length === 0 && rows.size === jobs.length,
    `${rows.size} rows; without their own: ${withoutRow.join(', ')}`,
  );
  verdict.checkNone(
    'each requestPayload arrived unchanged, 9007199254740993 included',
    [
      ...pairs.filter(({ job, row }) => !sameValue(job.spec.requestPayload, row?.requestPayload)).map(({ name }) => `${name}: differs`),
      ...(jobs.some(hasLargeInteger) ? [] : ['no Job has such an integer']),
    ],
  );
}

function hasLargeInteger({ spec }: JobResource): boolean {
  return Object.values(spec.requestPayload as object).includes(9_007_199_254_740_993n);
}
