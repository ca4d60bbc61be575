/** Which watched jobs are due for a look by key, so that each gets one within a minute and no moment gets many. */
import type { Watched } from './change-feed.ts';

/** One round takes this long (ms). A minute is promised; the rest is for looks that take their time. */
const ROUND_MS = 45_000;
/** A gap between two looks counts as this much more than the interval at most (ms): after an outage, and where looks are slow, the pass goes on at its pace. */
const MAX_DELAY_MS = 2_000;
/** Fewer than this many wait for others, so that they share a statement; not longer than so many ms. */
const GATHERED = 250;
const GATHER_MS = 1_000;

/**
 * Hands the jobs out in proportion to the time that went by, in one iteration over what is watched at the moment, so
 * that one that comes during a round is part of it. What it costs grows with their number: 50,000 are 280 rows at each of four
 * looks a second, some 3 ms of the server, 0.4 ms of this process, 11 KB of ids and 30 KB of rows.
 */
export class FullPass {
  readonly #watched: Pick<Watched, 'all' | 'count'>;
  readonly #maxStepMs: number;
  #round: Iterator<string> | undefined;
  /** Jobs that are due, with the fraction left over from earlier steps. */
  #due = 0;
  #lastAt: number | undefined;
  #handedOutAt = -Infinity;

  /** @param intervalMs between two looks, when nothing delays them */
  constructor(watched: Pick<Watched, 'all' | 'count'>, intervalMs: number) {
    this.#watched = watched;
    this.#maxStepMs = intervalMs + MAX_DELAY_MS;
  }

  /** @param now monotonic ms */
  due(now: number): readonly string[] {
    const step = this.#lastAt === undefined ? 0 : Math.min(now - this.#lastAt, this.#maxStepMs);
    this.#lastAt = now;
    // Not more than all of them, which also forgets what was due of jobs that are gone.
    this.#due = Math.min(this.#due + (this.#watched.count() * step) / ROUND_MS, this.#watched.count());
    if (this.#due < GATHERED && now - this.#handedOutAt < GATHER_MS) return [];
    this.#handedOutAt = now;
    const due: string[] = [];
    for (; this.#due >= 1; this.#due -= 1) {
      const jobId = this.#next();
      if (jobId === undefined) break;
      due.push(jobId);
    }
    return due;
  }

  #next(): string | undefined {
    const next = this.#round?.next();
    if (next?.done === false) return next.value;
    this.#round = this.#watched.all()[Symbol.iterator]();
    const first = this.#round.next();
    return first.done === true ? undefined : first.value;
  }
}
