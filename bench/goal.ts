/** What the figures are held to. */

import type { FigureName } from './figure.ts';
import type { BenchSettings } from './settings.ts';

export interface Goal {
  readonly text: string;
  /** Of the ratio to the rival, not of our own figure. */
  readonly ofRatio?: true;
  met(value: number): boolean;
}

const atMost = (limit: number, unit = ''): Goal => ({ text: `<= ${limit}${unit}`, met: (value) => value <= limit });
const atLeast = (limit: number): Goal => ({ text: `>= ${limit}`, met: (value) => value >= limit });
const ratioAtMost = (limit: number): Goal => ({ text: `ratio <= ${limit}`, ofRatio: true, met: (value) => value <= limit });

const GOALS: Partial<Readonly<Record<FigureName, Goal>>> = {
  acceptShare: atLeast(0.55),
  acceptCpu: ratioAtMost(0.6),
  idleCpu: atMost(3, ' %'),
  idleWrites: atMost(0),
  changeP50: atMost(160, ' ms'),
  changeP99: atMost(330, ' ms'),
  changeCpu: ratioAtMost(0.6),
  completeShare: atLeast(0.7),
  completeCpu: ratioAtMost(0.5),
  restartReady: atMost(20, ' s'),
  restartWrites: atMost(0),
};

/** Up to so many Jobs the smaller limit holds. */
const FEW_JOBS = 1_000;

export function goalFor(name: FigureName, { jobs, finalizerPolicy }: Pick<BenchSettings, 'jobs' | 'finalizerPolicy'>): Goal | undefined {
  // One write where the floor has two.
  if (name === 'acceptShare' && finalizerPolicy) return atLeast(0.75);
  if (name === 'idleMemory' || name === 'peakMemory') return jobs <= FEW_JOBS ? atMost(190, ' MB') : atMost(350, ' MB');
  return GOALS[name];
}
