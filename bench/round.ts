/** One operator through all phases, from an empty table to an empty table. */

import { CleanUps } from '../dev/clean-ups.ts';
import type { Progress } from '../dev/progress.ts';
import { Contender } from './contender.ts';
import type { Figures } from './figure.ts';
import { JOB } from './job-kind.ts';
import { accept } from './phases/accept.ts';
import { change } from './phases/change.ts';
import { complete } from './phases/complete.ts';
import { remove } from './phases/delete.ts';
import { idle } from './phases/idle.ts';
import { restart } from './phases/restart.ts';
import { populate } from './populate.ts';
import { removeAll } from './removal.ts';
import type { BenchSettings, PhaseName } from './settings.ts';
import type { Stage } from './stage.ts';
import { TrafficMeter } from './traffic.ts';
import type { Trial } from './trial.ts';
import { warmUp } from './warm-up.ts';

const RUN: Readonly<Record<PhaseName, (trial: Trial) => Promise<Figures>>> = {
  accept,
  idle,
  change,
  complete,
  delete: remove,
  async restart(trial) {
    await populate(trial);
    return restart(trial);
  },
};

const DOING: Readonly<Record<PhaseName, string>> = {
  accept: 'accepting',
  idle: 'idle with',
  change: 'single changes among',
  complete: 'completing',
  delete: 'deleting',
  restart: 'restarting with',
};

const MB = 1024 * 1024;

export interface RoundOptions {
  readonly stage: Stage;
  readonly settings: BenchSettings;
  readonly progress: Progress;
  /** For the lines that tell how far it is, and for the operator's log. */
  readonly label: string;
  /** For `sh -c`; undefined is ours. */
  readonly command: string | undefined;
}

/** @throws Error when the operator ends, stands still, or contradicts the contract where the figures rest on it */
export async function runRound({ stage, settings, progress, label, command }: RoundOptions): Promise<Figures> {
  const { stack, client, watch, floor } = stage;
  const cleanUps = new CleanUps();
  try {
    const database = await stage.database();
    cleanUps.defer(() => database.drop());
    const [worker, admin] = await Promise.all([database.connect(), database.connectAsAdmin()]);
    cleanUps.defer(() => worker.end());
    cleanUps.defer(() => admin.end());
    const contender = await Contender.create({
      folder: stack.folder,
      kubeconfig: stack.controlPlane.kubeconfig,
      database,
      name: label.replaceAll(/[^a-z0-9]+/g, '-'),
      command,
      profile: command === undefined ? settings.profile : undefined,
    });
    cleanUps.defer(() => contender.stop());
    const names = Array.from({ length: settings.jobs }, (_, index) => `job-${index}`);
    const say = (line: string): void => progress.say(`  ${label}: ${line}`);
    const trial: Trial = { settings, names, client, watch, floor, contender, worker, say, traffic: new TrafficMeter(stack.api, admin) };
    contender.launch();
    await warmUp(trial);
    const figures: Record<string, number> = {};
    for (const phase of phasesFor(settings.phases)) {
      Object.assign(figures, await progress.during(`${label}: ${DOING[phase]} ${settings.jobs.toLocaleString('en')} Jobs`, () => RUN[phase](trial)));
      contender.usage();
    }
    figures['peakMemory'] = contender.peakBytes / MB;
    await contender.stop();
    return figures;
  } finally {
    await cleanUps.run();
    await removeAll(JOB, client, watch);
    await floor.clear();
  }
}

/** Nothing can be measured of Jobs that nobody has accepted. */
function phasesFor(wanted: readonly PhaseName[]): readonly PhaseName[] {
  return wanted.includes('accept') ? wanted : ['accept', ...wanted];
}
