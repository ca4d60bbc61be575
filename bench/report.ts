/** The table of a run. */

import { textTable } from '../dev/text-table.ts';
import { FIGURE_NAMES, FIGURES } from './figure.ts';
import { goalFor } from './goal.ts';
import { ratiosOf, summarize } from './result.ts';
import type { BenchResult } from './result.ts';
import type { Spread } from '../dev/statistics.ts';

/** The cells, the heading first. */
export function cellsOf({ rounds, settings }: BenchResult): readonly (readonly string[])[] {
  const ours = summarize(rounds.map((round) => round.ours));
  const rival = summarize(rounds.map((round) => round.rival));
  const raced = rounds.some((round) => round.rival !== undefined);
  const heading = ['', '', settings.operator === undefined ? 'ours' : 'operator', ...(raced ? ['rival', 'ratio'] : []), 'goal', ''];
  const lines = FIGURE_NAMES.filter((name) => ours[name] !== undefined || rival[name] !== undefined).map((name) => {
    const ratio = ratiosOf(rounds, name);
    const { decimals } = FIGURES[name];
    const goal = goalFor(name, settings);
    const judged = goal === undefined ? undefined : goal.ofRatio === true ? ratio?.median : ours[name]?.median;
    return [
      FIGURES[name].label,
      FIGURES[name].unit,
      spreadText(ours[name], decimals),
      ...(raced ? [spreadText(rival[name], decimals), ratio === undefined ? '' : spreadText(ratio, 2)] : []),
      goal === undefined ? '' : goal.text,
      goal === undefined || judged === undefined ? '' : goal.met(judged) ? 'met' : 'NOT MET',
    ];
  });
  return [heading, ...lines];
}

export function tableOf(result: BenchResult): string {
  return textTable(cellsOf(result)).join('\n');
}

function spreadText(spread: Spread | undefined, decimals: number): string {
  if (spread === undefined) return '–';
  const text = (value: number): string => value.toFixed(decimals);
  const { median, least, most } = spread;
  return text(least) === text(most) ? text(median) : `${text(median)} (${text(least)}–${text(most)})`;
}
