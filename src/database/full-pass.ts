/** Which watched jobs are due for a look by key, so that each gets one within a minute and no moment gets many. */
import type { Watched } from './change-feed.ts';

/**
 * One pass takes this long (ms). A minute is promised, and two passes have to fit in: a job that came during one may be
 * the last of the next. The rest is for looks that take their time.
 */
const PASS_MS = 25_000;
/** A gap between two looks counts as this much more than the interval at most (ms): after an outage the pass goes on at its pace. */
const MAX_DELAY_MS = 1_000;

/** Copies the ids once a pass and hands them out in proportion to the time that went by. */
export class FullPass {
  readonly #watched: Pick<Watched, 'all'>;
  readonly #maxStepMs: number;
  #jobIds: readonly string[] = [];
  #position = 0;
  #spentMs = PASS_MS;
  #lastAt: number | undefined;

  /** @param intervalMs between two looks, when nothing delays them */
  constructor(watched: Pick<Watched, 'all'>, intervalMs: number) {
    this.#watched = watched;
    this.#maxStepMs = intervalMs + MAX_DELAY_MS;
  }

  /** @param now monotonic ms */
  due(now: number): readonly string[] {
    const step = this.#lastAt === undefined ? 0 : Math.min(now - this.#lastAt, this.#maxStepMs);
    this.#lastAt = now;
    if (this.#spentMs >= PASS_MS) {
      this.#jobIds = [...this.#watched.all()];
      this.#position = 0;
      this.#spentMs = 0;
    }
    this.#spentMs += step;
    const end = Math.min(this.#jobIds.length, Math.ceil((this.#jobIds.length * this.#spentMs) / PASS_MS));
    const due = this.#jobIds.slice(this.#position, end);
    this.#position = end;
    return due;
  }
}
