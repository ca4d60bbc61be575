/** The demo from the first line to the verdict. */

import type { Progress } from '../progress.ts';
import { startWorker } from '../worker.ts';
import type { WorkerEvent } from '../worker.ts';
import { showAcceptance } from './acceptance.ts';
import { showCancellation } from './cancellation.ts';
import type { CleanUps } from '../clean-ups.ts';
import { showCrash } from './crash.ts';
import { showDeletion } from './deletion.ts';
import { showExpiry } from './expiry.ts';
import { showFinale } from './finale.ts';
import { readRows } from './job-rows.ts';
import { JobWatch } from './job-watch.ts';
import { RowWatch } from './row-watch.ts';
import type { Scene } from './scene.ts';
import type { Screen } from './screen.ts';
import { simulation } from './simulation.ts';
import { buildStage } from './stage.ts';
import type { Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';
import { showWork } from './work.ts';

const OPENING = `
  You apply a Job. It becomes one row of the MySQL table your workers read anyway.
  What they write there comes back as the Job's status. The workers stay as they
  are, and know nothing of Kubernetes.

      kubectl apply ─▶ Job ─▶ operator ─▶ row ─▶ worker
      kubectl get   ◀─ status ◀─ operator ◀─ progress, result, error`;

const LOG_LINES_SHOWN = 15;

export interface StoryOptions {
  /** Of the user's kubeconfig; undefined for a cluster of the demo's own. */
  readonly context: string | undefined;
  readonly screen: Screen;
  readonly progress: Progress;
  readonly verdict: Verdict;
  readonly cleanUps: CleanUps;
}

/** Plays all of it. A failure on the way becomes a check that does not hold; only what the set-up throws is thrown. */
export async function tellStory({ context, screen, progress, verdict, cleanUps }: StoryOptions): Promise<void> {
  screen.say(screen.paint('bold', 'jobs-operator: a Kubernetes face for the jobs table'));
  screen.say(OPENING);
  screen.heading('1  A cluster, a database, and the operator between them');
  const stage = await buildStage(context, progress, cleanUps);
  screen.say(`  Kubernetes  ${stage.cluster.description}`);
  screen.say(`  MySQL       ${stage.mysql.version}${stage.mysql.engine === 'mysql' ? '' : ' (MariaDB)'}, database ${stage.database.name} on ${stage.mysql.host}:${stage.mysql.port}`);
  screen.say('  operator    node dist/main.js run; has made the table jobs; sweeps every second');
  try {
    await playActs(stage, screen, verdict, cleanUps);
  } catch (error) {
    screen.settle('keep');
    verdict.check('the demo came to its end', false, error instanceof Error ? error.message : String(error));
    const log = stage.operator.service.log().trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
    screen.heading("The end of the operator's log");
    for (const line of log) screen.say(`  ${line}`);
  }
}

async function playActs({ cluster, database, operator }: Stage, screen: Screen, verdict: Verdict, cleanUps: CleanUps): Promise<void> {
  let problem: Error | undefined;
  const note = (error: Error): void => void (problem ??= error);

  const eyes = await database.connect({ jsonStrings: true });
  cleanUps.defer(() => eyes.end());
  const watch = new JobWatch(cluster.api, cluster.namespace);
  watch.observation.ended.catch(note);
  cleanUps.defer(() => watch.observation.stop());

  const rowWatch = new RowWatch(() => readRows(eyes));
  rowWatch.observation.ended.catch(note);
  cleanUps.defer(() => rowWatch.observation.stop());

  const patience = Promise.withResolvers<void>();
  const workerEvents: (WorkerEvent & { readonly at: number })[] = [];
  const scene: Scene = {
    screen,
    cluster,
    operator,
    watch,
    rowWatch,
    verdict,
    readRows: () => readRows(eyes),
    workerEvents,
    uids: new Map(),
    endPatience: patience.resolve,
    unplugged: false,
    problem: () => (operator.service.running || scene.unplugged ? problem : new Error('the operator has ended')),
  };
  await showAcceptance(scene);

  const connection = await database.connect({ jsonStrings: true });
  cleanUps.defer(() => connection.end());
  const worker = startWorker({ connection, plan: simulation(patience.promise), onEvent: (event) => workerEvents.push({ ...event, at: performance.now() }) });
  cleanUps.defer(() => worker.stop());
  worker.ended.catch(note);

  for (const act of [showWork, showCancellation, showDeletion, showCrash, showExpiry, showFinale]) await act(scene);
}
