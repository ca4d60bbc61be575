/** Both ways side by side. */

import type { Machine } from '../machine.ts';
import type { Deletion } from './deletion.ts';
import type { SweepSettings } from './settings.ts';
import type { SweepMemory } from './ways.ts';
import type { WorkMeasured } from './workforce.ts';

export interface SweepResult {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly settings: SweepSettings;
  readonly sweep: Deletion & { readonly memory: SweepMemory };
  readonly oneDelete: Deletion;
}

const MB = 1024 * 1024;
const GOAL_RATIO = 2;
const GOAL_WAIT_MS = 1_000;

/** The cells, the heading first. */
export function sweepCells({ sweep, oneDelete }: SweepResult): readonly (readonly string[])[] {
  const both = [sweep, oneDelete];
  const line = (what: string, goal: string, cell: (deletion: Deletion) => string): string[] => [what, ...both.map(cell), goal];
  return [
    ['', 'the sweep', 'one DELETE', 'goal'],
    line('rows deleted', '', ({ rows }) => rows.toLocaleString('en')),
    line('  in, seconds', '', ({ seconds }) => seconds.toFixed(1)),
    line('  rows/s', '', ({ rowsPerSecond }) => Math.round(rowsPerSecond).toLocaleString('en')),
    line("workers' statements before: p50, p99, most", '', ({ calm }) => latencies(calm)),
    line('  meanwhile', '', ({ meanwhile }) => latencies(meanwhile)),
    line('  p99 to p99', `<= ${GOAL_RATIO}`, ratio),
    line('  longest', `<= ${GOAL_WAIT_MS} ms`, ({ meanwhile }) => `${meanwhile.max.toFixed(0)} ms`),
    line('  refused by the database', '0', ({ meanwhile }) => errors(meanwhile)),
    line('lock waits of all sessions', '', ({ lockWaits }) => String(lockWaits.count)),
    ["operator's memory before", memory(sweep.memory.calm), '', ''],
    ['  meanwhile', memory(sweep.memory.meanwhile), '', 'flat'],
  ];
}

function ratio({ calm, meanwhile }: Deletion): string {
  return (meanwhile.p99 / calm.p99).toFixed(1);
}

function memory(samples: readonly number[]): string {
  return `${Math.round(Math.min(...samples) / MB)}–${Math.round(Math.max(...samples) / MB)} MB`;
}

function latencies({ p50, p99, max }: WorkMeasured): string {
  return `${[p50, p99, max].map((ms) => ms.toFixed(1)).join(', ')} ms`;
}

function errors({ errors: counts }: WorkMeasured): string {
  const kinds = Object.entries(counts);
  return kinds.length === 0 ? '0' : kinds.map(([number, count]) => `${count} × ${number}`).join(', ');
}
