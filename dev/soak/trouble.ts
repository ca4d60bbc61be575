/** One fault after the other, until it is enough; whatever is broken then is put right before it ends. */

import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';
import { pause } from '../pause.ts';
import type { Tally } from './tally.ts';

export interface TroubleOptions {
  readonly faults: readonly Fault[];
  readonly random: Random;
  /** Shortest and longest time between two, milliseconds. */
  readonly gapMs: readonly [number, number];
  readonly tally: Tally;
  /** Told what is broken now, and with `undefined` that it is put right. */
  readonly onChange: (kind: string | undefined) => void;
  /** The soak is broken off: nothing is put right that is about to be cleaned away. */
  readonly abandoned: AbortSignal;
}

/** @throws what a strike or its healing throws: a soak whose faults fail says nothing */
export async function makeTrouble({ faults, random, gapMs, tally, onChange, abandoned }: TroubleOptions, signal: AbortSignal): Promise<void> {
  let bag: readonly Fault[] = [];
  for (;;) {
    await pause(random.between(...gapMs), signal);
    if (signal.aborted) return;
    // Each once before any comes again, so that a short soak has them all.
    if (bag.length === 0) bag = shuffled(faults, random);
    const [fault, ...rest] = bag;
    bag = rest;
    if (fault === undefined) return;
    const holdMs = random.between(...fault.holdMs);
    onChange(fault.kind);
    try {
      await fault.strike();
      tally.add(fault.kind);
      await pause(holdMs, signal);
    } finally {
      if (!abandoned.aborted) await fault.heal();
      onChange(undefined);
    }
  }
}

function shuffled<T>(from: readonly T[], random: Random): readonly T[] {
  return from
    .map((value) => ({ value, place: random.next() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ value }) => value);
}
