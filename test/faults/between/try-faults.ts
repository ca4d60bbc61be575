/** Tries all faults of a file, several at a time, before its first test; each test then looks at its own. */

import { appendFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { inLanes } from '../../../dev/lanes.ts';
import type { TestStack } from '../../support/stack.ts';
import { prepareFault } from './run-fault.ts';
import type { FaultCase, FaultRun } from './run-fault.ts';

/** Names the file that `make faults` makes its table of. */
const REPORT_VARIABLE = 'FAULTS_REPORT';
/** A regular expression for side and name of those that are wanted. */
const WANTED_VARIABLE = 'FAULTS';

/** Operators that start at once: a start is a second of a core's work. Then all are broken at once: they wait more than they work. */
const STARTS = 4;
const ALL_TIMEOUT_MS = 600_000;

export interface Trial {
  /** "a fault of …" */
  readonly where: string;
  readonly faults: readonly FaultCase[];
  readonly setUp?: () => Promise<void>;
  /** Why they cannot be tried on this machine. */
  readonly impossible?: string | undefined;
}

export function tryFaults(stack: TestStack, { where, faults, setUp, impossible }: Trial): void {
  const asked = new RegExp(process.env[WANTED_VARIABLE] ?? '');
  const wanted = impossible === undefined ? faults.filter((fault) => asked.test(`${fault.side}: ${fault.what}`)) : [];
  const runs = new Map<FaultCase, PromiseSettledResult<FaultRun>>();

  describe(`a fault of ${where}`, () => {
    beforeAll(async () => {
      if (wanted.length > 0) await setUp?.();
      const prepared = new Map<FaultCase, () => Promise<FaultRun>>();
      await inLanes(wanted.length, STARTS, async (index) => {
        const fault = wanted[index];
        if (fault === undefined) return;
        const [start] = await Promise.allSettled([prepareFault(stack, fault)]);
        if (start.status === 'fulfilled') prepared.set(fault, start.value);
        else runs.set(fault, start);
      });
      await Promise.all(
        Array.from(prepared, async ([fault, play]) => {
          const [run] = await Promise.allSettled([play()]);
          runs.set(fault, run);
          if (run.status === 'fulfilled') report(run.value);
        }),
      );
    }, ALL_TIMEOUT_MS);

    it(`is tried (${wanted.length} of ${faults.length}${impossible === undefined ? '' : `: ${impossible}`})`, () => {
      expect(runs.size).toBe(wanted.length);
    });

    if (wanted.length === 0) return;
    it.each(wanted)('$side: $what', (fault) => {
      const run = runs.get(fault);
      // It broke by itself, which says nothing of the operator.
      if (run?.status === 'rejected') throw run.reason;
      expect(run?.value.problems).toEqual([]);
    });
  });
}

function report(run: FaultRun): void {
  const file = process.env[REPORT_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(run)}\n`);
}
