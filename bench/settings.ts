/** What a run of the benchmark is asked to do. */

import { SetupError } from '../dev/setup-error.ts';

/** In the order in which they run; each builds on what those before it left. */
export const PHASES = ['accept', 'idle', 'change', 'restart', 'complete', 'delete'] as const;
export type PhaseName = (typeof PHASES)[number];

export interface BenchSettings {
  readonly jobs: number;
  readonly rounds: number;
  /** What runs is told as figures; what a later phase needs runs anyway. */
  readonly phases: readonly PhaseName[];
  /** For `sh -c`, in place of ours. */
  readonly operator: string | undefined;
  /** The same, next to it in alternating rounds. */
  readonly rival: string | undefined;
  /** Folder for the CPU profiles of ours. */
  readonly profile: string | undefined;
  readonly idleSeconds: number;
  /** Single row changes, and how many of them a second. */
  readonly changes: number;
  readonly changesPerSecond: number;
  /** Jobs that a floor is measured with. */
  readonly floorJobs: number;
}

const DEFAULTS = { jobs: 1_000, rounds: 5, idleSeconds: 10, changes: 1_000, changesPerSecond: 50 } as const;

/** More than these make the floor no steadier. */
const MOST_FLOOR_JOBS = 1_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws SetupError that names the variable and what it may be */
export function settingsFrom(env: Environment): BenchSettings {
  const jobs = wholeNumber(env, 'BENCH_JOBS', DEFAULTS.jobs);
  return {
    jobs,
    rounds: wholeNumber(env, 'BENCH_ROUNDS', DEFAULTS.rounds),
    phases: phasesFrom(text(env, 'BENCH_PHASES')),
    operator: text(env, 'BENCH_OPERATOR'),
    rival: text(env, 'BENCH_RIVAL'),
    profile: text(env, 'BENCH_PROFILE'),
    idleSeconds: DEFAULTS.idleSeconds,
    changes: DEFAULTS.changes,
    changesPerSecond: DEFAULTS.changesPerSecond,
    floorJobs: Math.min(jobs, MOST_FLOOR_JOBS),
  };
}

function text(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === '' ? undefined : value;
}

function wholeNumber(env: Environment, variable: string, fallback: number): number {
  const value = text(env, variable);
  if (value === undefined) return fallback;
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new SetupError(`${variable}=${value} cannot be used: it is a whole number from 1 to 999999.`);
}

function phasesFrom(value: string | undefined): readonly PhaseName[] {
  if (value === undefined) return PHASES;
  const wanted = value.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !PHASES.some((phase) => phase === name));
  if (unknown !== undefined) throw new SetupError(`BENCH_PHASES=${value} cannot be used: there is no phase "${unknown}"; there are ${PHASES.join(', ')}.`);
  return PHASES.filter((phase) => wanted.includes(phase));
}
