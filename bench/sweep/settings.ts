/** What a run of the sweep's benchmark is asked to do. */

import { SetupError } from '../../dev/setup-error.ts';

export interface SweepSettings {
  /** Of the table; half of them are finished and expired. */
  readonly rows: number;
  /** Statements of the workers each second. */
  readonly workPerSecond: number;
  /** How long the workers are measured before anything is deleted. */
  readonly calmSeconds: number;
  /** In place of the operator's default for `TTL_SWEEP_BATCH`. */
  readonly batch: string | undefined;
}

const DEFAULT_ROWS = 2_000_000;
const LEAST_ROWS = 10_000;
const MOST_ROWS = 100_000_000;

/** @throws SetupError that names the variable and what it may be */
export function sweepSettingsFrom(env: Readonly<Record<string, string | undefined>>): SweepSettings {
  return { rows: rowsFrom(env['SWEEP_ROWS']), workPerSecond: 200, calmSeconds: 20, batch: env['SWEEP_BATCH'] === '' ? undefined : env['SWEEP_BATCH'] };
}

function rowsFrom(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_ROWS;
  const rows = Number(text);
  if (Number.isInteger(rows) && rows >= LEAST_ROWS && rows <= MOST_ROWS) return rows;
  throw new SetupError(`SWEEP_ROWS=${text} cannot be used: whole numbers from ${LEAST_ROWS} to ${MOST_ROWS} can.`);
}
