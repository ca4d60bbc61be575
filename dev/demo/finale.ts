/** Act: all that is left, resource and row next to each other, and the operator's own account of the afternoon. */

import { differences } from './comparison.ts';
import { listJobs } from './job-resource.ts';
import { until } from './scene.ts';
import type { Scene } from './scene.ts';
import { sideBySide } from './side-by-side.ts';

const ERROR_LEVELS: readonly (string | undefined)[] = ['error', 'fatal'];

export async function showFinale(scene: Scene): Promise<void> {
  const { screen, cluster, readRows, uids, verdict, operator } = scene;
  screen.heading('8  Side by side, at the end');
  const jobs = await listJobs(cluster.api, cluster.namespace);
  const { rows } = await readRows();
  for (const line of sideBySide([...uids].map(([name, uid]) => ({ name, job: jobs.get(name), row: rows.get(uid) })), screen)) screen.say(line);
  const pairs = [...jobs.values()].map((job) => ({ job, row: rows.get(job.metadata.uid) })).filter(({ row }) => row !== undefined);
  verdict.checkNone(
    `at the end each status says what its row says (${pairs.length} of both)`,
    pairs.flatMap(({ job, row }) => differences(job, row)),
  );
  const foreign = [...rows.keys()].filter((jobId) => ![...uids.values()].includes(jobId));
  verdict.checkNone('the table has no row that nobody applied', foreign);
  await until(scene, 'the operator to be ready', async () => (await fetch(`${operator.url}/readyz`)).ok);
  verdict.checkNone('the operator is ready and has logged no error', errorLines(operator.service.log()));
}

function errorLines(log: string): string[] {
  return log.split('\n').filter((line) => {
    if (line.trim() === '') return false;
    try {
      return ERROR_LEVELS.includes((JSON.parse(line) as { level?: string }).level);
    } catch (error) {
      // Something printed around the logger: a crash, or a warning of Node's.
      if (error instanceof SyntaxError) return true;
      throw error;
    }
  });
}
