/** What a run yields: the text of its JSON file, and what tables and pictures are made from. */

import { FIGURE_NAMES } from './figure.ts';
import type { FigureName, Figures } from './figure.ts';
import type { Machine } from './machine.ts';
import type { BenchSettings } from './settings.ts';
import { spreadOf } from '../dev/statistics.ts';
import type { Spread } from '../dev/statistics.ts';

export interface RoundResult {
  readonly round: number;
  readonly ours: Figures;
  readonly rival?: Figures;
}

export interface BenchResult {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly settings: BenchSettings;
  readonly rounds: readonly RoundResult[];
}

export type Summary = Partial<Record<FigureName, Spread>>;

/** Of each round that has both, ours to the rival's: a machine's moods last for minutes, and both of a round share one. Undefined where there is none. */
export function ratiosOf(rounds: readonly RoundResult[], name: FigureName): Spread | undefined {
  const ratios = rounds.flatMap(({ ours, rival }) => {
    const [mine, theirs] = [ours[name], rival?.[name]];
    return mine === undefined || theirs === undefined || theirs === 0 ? [] : [mine / theirs];
  });
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}

/** Median and spread over the rounds of each figure that was measured. */
export function summarize(rounds: readonly (Figures | undefined)[]): Summary {
  const summary: Summary = {};
  for (const name of FIGURE_NAMES) {
    const values = rounds.map((figures) => figures?.[name]).filter((value) => value !== undefined);
    if (values.length > 0) summary[name] = spreadOf(values);
  }
  return summary;
}
