/** The operator's memory and time over a stretch. */

import { usageOf } from '../process-tree.ts';
import type { Arena } from './arena.ts';

export interface Consumption {
  /** Resident memory at the end, and the most since the process began; bytes. */
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** Processor time over the stretch, and the stretch itself; milliseconds. */
  readonly cpuMs: number;
  readonly elapsedMs: number;
}

/** Begins a stretch; the function that is returned ends it. */
export function measureOperator({ operator }: Pick<Arena, 'operator'>): () => Consumption {
  const { pid } = operator.service;
  if (pid === undefined) throw new Error('the operator does not run');
  const before = usageOf(pid);
  const began = performance.now();
  return () => {
    // The same process as in the beginning: one that was started again would have forgotten its peak.
    const after = usageOf(pid);
    return { residentBytes: after.residentBytes, peakBytes: after.peakBytes, cpuMs: after.cpuMs - before.cpuMs, elapsedMs: performance.now() - began };
  };
}
