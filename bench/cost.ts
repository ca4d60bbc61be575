/** What a piece of work costs: the operator's processor time, requests and statements. */

import { untilQuiet } from './quiet.ts';
import { since } from './traffic.ts';
import type { Traffic } from './traffic.ts';
import type { Trial } from './trial.ts';

export interface Cost extends Traffic {
  /** Of the operator. */
  readonly cpuMs: number;
}

/** The cost ends when the operator writes nothing any more. Requests and statements of everybody are counted, the benchmark's own, too. */
export async function costOf<T>(trial: Trial, work: () => Promise<T>): Promise<{ readonly yielded: T; readonly cost: Cost }> {
  const { contender, traffic } = trial;
  const before = { traffic: await traffic.total(), cpuMs: contender.usage().cpuMs };
  const yielded = await work();
  const after = await untilQuiet(trial);
  return { yielded, cost: { ...since(before.traffic, after), cpuMs: contender.usage().cpuMs - before.cpuMs } };
}
