/** The end of what an operator does after a phase, such as telling Events: it belongs to the phase's cost, not to its time. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Traffic } from './traffic.ts';
import type { Trial } from './trial.ts';

/** Without a write for so long, it has finished. */
const SILENCE_MS = 1_000;
/** One that never falls silent is measured as it is. */
const PATIENCE_MS = 60_000;

/** Returns the traffic up to then. */
export async function untilQuiet({ contender, traffic }: Pick<Trial, 'contender' | 'traffic'>): Promise<Traffic> {
  const deadline = performance.now() + PATIENCE_MS;
  let last = await traffic.total();
  for (;;) {
    await contender.whileAlive(sleep(SILENCE_MS));
    const now = await traffic.total();
    if ((now.writes === last.writes && now.rowWrites === last.rowWrites) || performance.now() > deadline) return now;
    last = now;
  }
}
