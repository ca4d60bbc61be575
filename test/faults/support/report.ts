/** The table of a full run: effects by kind, deaths or sleeps at them, and what they broke. */

import type { CrashRun } from './crash-run.ts';
import { kindOf } from './effect.ts';
import type { Fate } from './effect.ts';

export function printReport(fate: Fate, undisturbed: CrashRun, runs: readonly CrashRun[]): void {
  const effects = Map.groupBy(undisturbed.effects, kindOf);
  const ofKind = (kind: string): readonly CrashRun[] => runs.filter(({ point }) => point !== undefined && kindOf(point) === kind);
  const lines = [...effects]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([kind, found]) => row(kind, found.length, ofKind(kind)));
  lines.push(row('all', undisturbed.effects.length, runs));
  process.stdout.write(`\n${[`effect at which it ${fate}`.padEnd(WIDTH), ...COLUMNS].join('  ')}\n${lines.join('\n')}\n\n`);
}

const WIDTH = 60;
const COLUMNS = ['effects', 'runs', 'it did', 'violations'] as const;

function row(kind: string, effects: number, runs: readonly CrashRun[]): string {
  const did = runs.filter(({ died }) => died).length;
  const violations = runs.reduce((sum, { problems }) => sum + problems.length, 0);
  const cells = [effects, runs.length, did, violations].map((value, index) => String(value).padStart(COLUMNS[index]?.length ?? 0));
  return [kind.padEnd(WIDTH), ...cells].join('  ');
}
