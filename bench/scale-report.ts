/** The table of the scale runs: one column for each number of Jobs. */

import { textTable } from '../dev/text-table.ts';
import { FIGURE_NAMES, FIGURES } from './figure.ts';
import type { FigureName } from './figure.ts';
import { goalFor } from './goal.ts';
import { summarize } from './result.ts';
import type { BenchResult, Summary } from './result.ts';

/** What must not grow, and between which numbers of Jobs. */
const FLAT: readonly FigureName[] = ['changeP50', 'changeP99', 'changeCpu'];
const FEW = 1_000;
const MANY = 20_000;
const MOST_GROWTH = 1.3;

/** @param runs in ascending order of Jobs; the heading comes first */
export function scaleCells(runs: readonly BenchResult[]): readonly (readonly string[])[] {
  const summaries = runs.map(({ rounds }) => summarize(rounds.map(({ ours }) => ours)));
  const heading = ['', '', ...runs.map(({ settings }) => settings.jobs.toLocaleString('en')), 'goal', ''];
  const lines = FIGURE_NAMES.filter((name) => summaries.some((summary) => summary[name] !== undefined)).map((name) => {
    const { label, unit, decimals } = FIGURES[name];
    const goals = runs.map(({ settings }) => goalFor(name, settings)).map((goal) => (goal?.ofRatio === true ? undefined : goal));
    const verdicts = goals.map((goal, index) => {
      const value = summaries[index]?.[name]?.median;
      return goal === undefined || value === undefined ? undefined : goal.met(value);
    });
    return [
      label,
      unit,
      ...summaries.map((summary) => summary[name]?.median.toFixed(decimals) ?? '–'),
      [...new Set(goals.flatMap((goal) => goal?.text ?? []))].join(', '),
      verdicts.every((met) => met === undefined) ? '' : verdicts.includes(false) ? 'NOT MET' : 'met',
    ];
  });
  return [heading, ...lines];
}

export function scaleTable(runs: readonly BenchResult[]): string {
  return [...textTable(scaleCells(runs)), ...growthLines(runs).map((line) => `  ${line}`)].join('\n');
}

/** How latency and cost of a single change at 20,000 Jobs compare with those at 1,000; nothing when one of the two was not measured. */
export function growthLines(runs: readonly BenchResult[]): readonly string[] {
  const at = (jobs: number): Summary | undefined => {
    const run = runs.find(({ settings }) => settings.jobs === jobs);
    return run === undefined ? undefined : summarize(run.rounds.map(({ ours }) => ours));
  };
  const [few, many] = [at(FEW), at(MANY)];
  return FLAT.flatMap((name) => {
    const [before, after] = [few?.[name]?.median, many?.[name]?.median];
    if (before === undefined || after === undefined) return [];
    const growth = after / before;
    const what = FIGURES[name].label.trim();
    return [`${what}: ${growth.toFixed(2)} times as much with ${MANY.toLocaleString('en')} Jobs as with ${FEW.toLocaleString('en')} (goal <= ${MOST_GROWTH}): ${growth <= MOST_GROWTH ? 'met' : 'NOT MET'}`];
  });
}
