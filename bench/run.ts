/** All rounds of a run. */

import type { CleanUps } from '../dev/clean-ups.ts';
import type { Progress } from '../dev/progress.ts';
import type { Figures } from './figure.ts';
import { describeMachine, machineLine } from './machine.ts';
import type { BenchResult, RoundResult } from './result.ts';
import { runRound } from './round.ts';
import type { BenchSettings } from './settings.ts';
import { openStage } from './stage.ts';

export interface RunOptions {
  readonly settings: BenchSettings;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly progress: Progress;
  readonly cleanUps: CleanUps;
  /** Called after each round with the result so far. */
  readonly onRound?: (soFar: BenchResult) => void;
}

/** @throws SetupError when a part cannot be had; Error when an operator fails */
export async function runBench({ settings, startedAt, progress, cleanUps, onRound = () => undefined }: RunOptions): Promise<BenchResult> {
  const stage = await openStage(settings, progress, cleanUps);
  const machine = await describeMachine(stage.stack);
  progress.say(machineLine(machine));
  const rounds: RoundResult[] = [];
  for (let round = 1; round <= settings.rounds; round += 1) {
    const measure = (who: string, command: string | undefined): Promise<Figures> =>
      runRound({ stage, settings, progress, label: `round ${round} of ${settings.rounds}, ${who}`, command });
    rounds.push({ round, ...(await measureBoth(settings, round, measure)) });
    onRound({ startedAt, machine, settings, rounds });
  }
  return { startedAt, machine, settings, rounds };
}

/** Each goes first in every other round: whoever goes second finds a warmer, and a fuller, machine. */
async function measureBoth(
  { operator, rival }: BenchSettings,
  round: number,
  measure: (who: string, command: string | undefined) => Promise<Figures>,
): Promise<Omit<RoundResult, 'round'>> {
  if (rival === undefined) return { ours: await measure('ours', operator) };
  if (round % 2 === 1) {
    const ours = await measure('ours', operator);
    return { ours, rival: await measure('rival', rival) };
  }
  const first = await measure('rival', rival);
  return { ours: await measure('ours', operator), rival: first };
}
