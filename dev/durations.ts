/** Many durations, told in three numbers. */

import { quantile } from './statistics.ts';

/** Milliseconds. */
export interface Durations {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** @throws RangeError without values */
export function durationsOf(values: readonly number[]): Durations {
  return { count: values.length, p50: quantile(values, 0.5), p99: quantile(values, 0.99), max: quantile(values, 1) };
}
