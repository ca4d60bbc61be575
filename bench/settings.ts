/** What a run of the benchmark is asked to do. */

import { SetupError } from '../dev/setup-error.ts';

/** In the order in which they run; each but the last builds on what those before it left. That is the restart: a process that was just started is no measure of what a Job costs one that runs for days. */
export const PHASES = ['accept', 'idle', 'change', 'complete', 'delete', 'restart'] as const;
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
  /** How often a few Jobs go through their whole life before anything is measured, and how long a worker takes for them. */
  readonly warmUps: number;
  readonly warmUpWorkMs: number;
  /** An operator that has not written for so long has finished; some send Events together, a few a second. */
  readonly silenceMs: number;
  /** Whether the API server gives each new Job the operator's finalizer. */
  readonly finalizerPolicy: boolean;
  /** Whether the figures go into docs/performance.md. */
  readonly publish: boolean;
}

export interface ScaleSettings {
  /** One run each. */
  readonly sizes: readonly BenchSettings[];
  readonly publish: boolean;
  /** The JSON file of an earlier run, to draw that one again and measure nothing. */
  readonly drawFrom: string | undefined;
}

const DEFAULTS = { jobs: 1_000, rounds: 5, idleSeconds: 10, changes: 1_000, changesPerSecond: 50, warmUps: 2, warmUpWorkMs: 2_000, silenceMs: 1_000 } as const;

const SIZES = '1000,5000,20000,50000';

/** More than these make the floor no steadier. */
const MOST_FLOOR_JOBS = 500;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws SetupError that names the variable and what it may be */
export function settingsFrom(env: Environment): BenchSettings {
  const jobs = wholeNumber('BENCH_JOBS', text(env, 'BENCH_JOBS') ?? String(DEFAULTS.jobs));
  return {
    ...DEFAULTS,
    jobs,
    rounds: wholeNumber('BENCH_ROUNDS', text(env, 'BENCH_ROUNDS') ?? String(DEFAULTS.rounds)),
    phases: phasesFrom(text(env, 'BENCH_PHASES')),
    operator: text(env, 'BENCH_OPERATOR'),
    rival: text(env, 'BENCH_RIVAL'),
    profile: text(env, 'BENCH_PROFILE'),
    floorJobs: Math.min(jobs, MOST_FLOOR_JOBS),
    finalizerPolicy: text(env, 'BENCH_FINALIZER_POLICY') !== undefined,
    publish: text(env, 'BENCH_PUBLISH') !== undefined,
  };
}

/** @throws SetupError like `settingsFrom` */
export function scaleFrom(env: Environment): ScaleSettings {
  const { publish } = settingsFrom(env);
  const sizes = (text(env, 'BENCH_SCALE') ?? SIZES).split(',').map((part) => wholeNumber('BENCH_SCALE', part.trim()));
  return {
    sizes: sizes.toSorted((left, right) => left - right).map((jobs) => settingsFrom({ ...env, BENCH_JOBS: String(jobs), BENCH_ROUNDS: text(env, 'BENCH_ROUNDS') ?? '1' })),
    publish,
    drawFrom: text(env, 'BENCH_FROM'),
  };
}

function text(env: Environment, variable: string): string | undefined {
  const value = env[variable];
  return value === '' ? undefined : value;
}

function wholeNumber(variable: string, value: string): number {
  if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
  throw new SetupError(`${variable}=${value} cannot be used: whole numbers from 1 to 999999 can.`);
}

function phasesFrom(value: string | undefined): readonly PhaseName[] {
  if (value === undefined) return PHASES;
  const wanted = value.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !PHASES.some((phase) => phase === name));
  if (unknown !== undefined) throw new SetupError(`BENCH_PHASES=${value} cannot be used: there is no phase "${unknown}"; there are ${PHASES.join(', ')}.`);
  return PHASES.filter((phase) => wanted.includes(phase));
}
