/** All rounds of a run. */

import type { CleanUps } from '../dev/clean-ups.ts';
import type { Progress } from '../dev/progress.ts';
import type { Figures } from './figure.ts';
import { describeMachine, machineLine } from './machine.ts';
import type { BenchResult, RoundResult } from './result.ts';
import { runRound } from './round.ts';
import type { BenchSettings } from './settings.ts';
import { openStage } from './stage.ts';

/** @throws SetupError when a part cannot be had; Error when an operator fails */
export async function runBench(settings: BenchSettings, progress: Progress, cleanUps: CleanUps): Promise<BenchResult> {
  const startedAt = new Date().toISOString();
  const stage = await openStage(settings.floorJobs, progress, cleanUps);
  const machine = await describeMachine(stage);
  progress.say(machineLine(machine));
  const rounds: RoundResult[] = [];
  for (let round = 1; round <= settings.rounds; round += 1) {
    const label = (who: string): string => `round ${round} of ${settings.rounds}, ${who}`;
    const measureOurs = (): Promise<Figures> => runRound({ stage, settings, progress, label: label('ours'), command: settings.operator });
    const { rival: command } = settings;
    if (command === undefined) {
      rounds.push({ round, ours: await measureOurs() });
      continue;
    }
    const measureRival = (): Promise<Figures> => runRound({ stage, settings, progress, label: label('rival'), command });
    // Each goes first in every other round: whoever goes second finds a warmer, and a fuller, machine.
    if (round % 2 === 1) {
      const ours = await measureOurs();
      rounds.push({ round, ours, rival: await measureRival() });
    } else {
      const rival = await measureRival();
      rounds.push({ round, ours: await measureOurs(), rival });
    }
  }
  return { startedAt, machine, settings, rounds };
}
