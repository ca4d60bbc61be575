/** Act: a worker that knows nothing of Kubernetes does the jobs, and kubectl shows how far they are. */

import { CAST } from './cast.ts';
import { differences } from './comparison.ts';
import { conditionOf, isFinished, listJobs } from './job-resource.ts';
import type { JobResource } from './job-resource.ts';
import type { JobRow, RowsRead } from './job-rows.ts';
import { jobTable, paintPhase } from './job-table.ts';
import type { JobsByName } from './job-watch.ts';
import { until, uidOf } from './scene.ts';
import type { Scene } from './scene.ts';
import type { Screen } from './screen.ts';
import { SIMULATED_ERROR } from './simulation.ts';

const SHORT_JOBS = [...CAST.completed, CAST.failed];

/** The worker has been started. */
export async function showWork(scene: Scene): Promise<void> {
  const { screen, watch, cluster, readRows } = scene;
  screen.heading('3  A worker does the jobs; kubectl shows how far they are');
  screen.say('  The worker speaks SQL and nothing else. It SELECTs what is pending, four jobs');
  screen.say('  at a time, and UPDATEs their status, progress, result and error.\n');
  const stopShowing = watch.onLook(screen.isTerminal ? (jobs) => screen.redraw(jobTable(jobs.values(), screen, Date.now())) : plainLines(screen));
  try {
    await until(scene, `the end of ${SHORT_JOBS.join(', ')}, shown as their rows have it`, async () => {
      if (!SHORT_JOBS.every((name) => isFinished(watch.jobs.get(name)))) return false;
      const { rows } = await readRows();
      const open = SHORT_JOBS.flatMap((name) => differences(existing(watch.jobs, name), lastRow(scene, rows, name)));
      // Told if it stays like this.
      if (open.length > 0) throw new Error(open.join('; '));
      return true;
    }, 60_000);
  } finally {
    stopShowing();
    screen.settle('wipe');
  }
  screen.command('kubectl get wpjobs', await cluster.kubectl(['get', 'wpjobs']));
  screen.say(`\n  ${latencySentence(scene)}`);
  await showEnds(scene);
  await checkWork(scene);
}

/** A result, an error, and the Events of the Job that failed. */
async function showEnds(scene: Scene): Promise<void> {
  const { screen, cluster } = scene;
  for (const [name, path] of [[CAST.completed[0], '{.status.result}'], [CAST.failed, '{.status.error}']] as const) {
    screen.command(`kubectl get wpjob ${name} -o jsonpath='${path}'`, await cluster.kubectl(['get', 'wpjob', name, '-o', `jsonpath=${path}`]));
  }
  const args = ['get', 'events', '--field-selector', `involvedObject.name=${CAST.failed}`, '-o', 'custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message', '--sort-by=.metadata.creationTimestamp'];
  const events = await until(scene, `the Event Failed of ${CAST.failed}`, async () => {
    const text = await cluster.kubectl(args);
    return /\bFailed\b/.test(text) ? text : undefined;
  });
  screen.command(`kubectl get events --field-selector involvedObject.name=${CAST.failed}`, events);
}

async function checkWork(scene: Scene): Promise<void> {
  const { cluster, readRows, verdict, watch } = scene;
  const jobs = await listJobs(cluster.api, cluster.namespace);
  const { rows } = await readRows();
  verdict.checkNone(
    `${CAST.completed.length} jobs completed: phase, progress, result and times are their rows'`,
    CAST.completed.flatMap((name) => {
      const job = existing(jobs, name);
      const complete = job.status.phase === 'Completed' && conditionOf(job, 'Complete')?.status === 'True' && job.status.result !== undefined;
      return [...(complete ? [] : [`${name}: not completed with a result`]), ...differences(job, lastRow(scene, rows, name))];
    }),
  );
  const failed = existing(jobs, CAST.failed);
  verdict.check(
    "one job failed: Failed and Stalled are True, the error is the worker's text",
    conditionOf(failed, 'Failed')?.status === 'True' && conditionOf(failed, 'Stalled')?.status === 'True' && failed.status.error === SIMULATED_ERROR,
    `phase ${failed.status.phase}, error ${failed.status.error}`,
  );
  verdict.checkNone(
    'the progress of each job was to be seen while it ran',
    SHORT_JOBS.filter((name) => watch.progressSeen(name).length === 0),
  );
}

/** A fact, not a check: it says as much about the machine as about the operator. */
function latencySentence({ watch, workerEvents }: Scene): string {
  const delays = workerEvents
    .filter(({ kind }) => kind === 'completed' || kind === 'failed')
    .map(({ jobId, at }) => (watch.finishedAt(jobId) ?? Number.NaN) - at)
    .filter((delay) => !Number.isNaN(delay))
    .toSorted((left, right) => left - right);
  const median = delays[Math.floor(delays.length / 2)] ?? 0;
  return `From the worker's COMMIT to the status: ${Math.max(0, median / 1000).toFixed(2)} s in the median, ${Math.max(0, (delays.at(-1) ?? 0) / 1000).toFixed(2)} s at most.\n`;
}

/** A line for each phase, and for each quarter of the way. */
function plainLines(screen: Screen): (jobs: JobsByName) => void {
  const told = new Map<string, string>();
  return (jobs) => {
    for (const { metadata, spec, status } of jobs.values()) {
      const { phase = '', progress = 0 } = status;
      const step = phase === 'Running' ? `${phase} ${Math.floor(progress / 25)}` : phase;
      if (phase === 'Pending' || told.get(metadata.name) === step) continue;
      told.set(metadata.name, step);
      screen.say(`  ${`+${screen.elapsed()}`.padEnd(8)} ${metadata.name.padEnd(16)} ${spec.type.padEnd(8)} ${paintPhase(screen, phase, phase.padEnd(10))} ${`${progress} %`.padStart(5)}`);
    }
  };
}

/** On a machine that is very busy, the row that expires soon may have gone already. */
function lastRow(scene: Scene, rows: RowsRead['rows'], name: string): JobRow | undefined {
  const uid = uidOf(scene, name);
  return rows.get(uid) ?? scene.rowWatch.removal(uid)?.row;
}

function existing(jobs: JobsByName, name: string): JobResource {
  const job = jobs.get(name);
  if (job === undefined) throw new Error(`Job ${name} is gone before its time`);
  return job;
}
