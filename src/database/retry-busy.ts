/** Losing a race for row locks is no failure yet: the loser tries again. */
import type { Clock } from '../engine/clock.ts';
import { hasCode } from '../errors.ts';

const ATTEMPTS = 5;
/** Before the second attempt (ms); doubled before each further one, so that all of them are over within a second. */
const FIRST_PAUSE_MS = 20;

/**
 * Calls `work` again when it fails as DATABASE_BUSY (a deadlock's victim, a lock not granted in time),
 * a few times, with pauses that keep two losers from meeting again. Everything that is retried this way carries its guard in
 * the statement.
 *
 * @param random in [0, 1)
 * @throws what the last attempt threw
 */
export async function retryBusy<Result>(work: () => Promise<Result>, clock: Pick<Clock, 'sleep'>, random: () => number = Math.random): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= ATTEMPTS || !hasCode(error, 'DATABASE_BUSY')) throw error;
    }
    await clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + random() / 2));
  }
}
