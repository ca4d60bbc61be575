/** The picture of the scale runs: what should not grow with the number of Jobs. */

import { chartOf } from './chart.ts';
import type { Panel, Series } from './chart.ts';
import type { FigureName } from './figure.ts';
import type { BenchResult } from './result.ts';
import { summarize } from './result.ts';

const PANELS: readonly { readonly title: string; readonly unit: string; readonly lines: Partial<Record<FigureName, string>> }[] = [
  { title: 'CPU per Job', unit: 'ms', lines: { acceptCpu: 'accepted', changeCpu: 'changed', completeCpu: 'completed', deleteCpu: 'deleted' } },
  { title: 'Row change to status', unit: 'ms', lines: { changeP50: 'p50', changeP99: 'p99', changeFloor: 'floor, p50' } },
  { title: 'Idle: CPU', unit: '% of a core', lines: { idleCpu: 'idle' } },
  { title: 'Resident memory', unit: 'MB', lines: { idleMemory: 'idle', peakMemory: 'most' } },
];

/** @param runs one for each number of Jobs, in ascending order */
export function scaleChart(runs: readonly BenchResult[]): string {
  const panels = PANELS.map(({ title, unit, lines }): Panel => {
    const series = Object.entries(lines).map(([name, label]): Series => ({ label, points: pointsOf(runs, name as FigureName) }));
    return { title, unit, series: series.filter(({ points }) => points.length > 0) };
  });
  return chartOf('The same operator, by the number of Jobs', panels.filter(({ series }) => series.length > 0));
}

function pointsOf(runs: readonly BenchResult[], name: FigureName): (readonly [number, number])[] {
  return runs.flatMap(({ settings, rounds }) => {
    const spread = summarize(rounds.map(({ ours }) => ours))[name];
    return spread === undefined ? [] : [[settings.jobs, spread.median] as const];
  });
}
