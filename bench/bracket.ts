/** The floor before and after a phase, since a machine drifts: what is compared is the mean of both. */

import type { Floor, FloorKind } from './floor.ts';
import { mean } from '../dev/statistics.ts';

/** @returns what the work yields, and the floor in Jobs per second */
export async function betweenFloors<T>(floor: Floor, kind: FloorKind, work: () => Promise<T>): Promise<{ readonly yielded: T; readonly perSecond: number }> {
  const before = await floor.measure(kind);
  const yielded = await work();
  return { yielded, perSecond: mean([before, await floor.measure(kind)]) };
}
