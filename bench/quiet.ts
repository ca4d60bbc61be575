/** The end of what an operator does after a phase, such as telling Events: it belongs to the phase's cost, not to its time. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Traffic } from './traffic.ts';
import type { Trial } from './trial.ts';

/** One that never falls silent is measured as it is. */
const PATIENCE_MS = 60_000;

/** Returns the traffic up to then. */
export async function untilQuiet({ contender, traffic, settings }: Trial): Promise<Traffic> {
  const deadline = performance.now() + PATIENCE_MS;
  let last = await traffic.total();
  for (;;) {
    await contender.whileAlive(sleep(settings.silenceMs));
    const now = await traffic.total();
    if ((now.writes === last.writes && now.rowWrites === last.rowWrites) || performance.now() > deadline) return now;
    last = now;
  }
}
