/** A result of the benchmark as a run would leave it. */

import type { Figures } from '../../../bench/figure.ts';
import type { BenchResult, RoundResult } from '../../../bench/result.ts';
import { settingsFrom } from '../../../bench/settings.ts';

const MACHINE = { cores: 2, cpu: 'Test', memoryGb: 8, kernel: 'Linux 6', node: 'v24.0.0', database: 'MySQL 9.7', kubernetes: 'kube-apiserver v1.37.2', commit: 'abc' };

export function resultOf(rounds: readonly Omit<RoundResult, 'round'>[], jobs = 1_000): BenchResult {
  const settings = settingsFrom({ BENCH_JOBS: String(jobs) });
  return { startedAt: '2026-01-01T00:00:00Z', machine: MACHINE, settings, rounds: rounds.map((one, index) => ({ round: index + 1, ...one })) };
}

export function oursOf(...figures: readonly Figures[]): readonly { readonly ours: Figures }[] {
  return figures.map((ours) => ({ ours }));
}
