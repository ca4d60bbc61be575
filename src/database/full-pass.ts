/** Which watched jobs are due for a look by key, so that each gets one within a minute and no moment gets many. */
import type { Watched } from './change-feed.ts';

/** One pass takes this long (ms): a minute is promised, the rest is for looks that take their time. */
const PASS_MS = 50_000;
/** A gap between two looks counts as this much at most (ms): after an outage the pass goes on at its pace. */
const MAX_STEP_MS = 2_000;

/** Copies the ids once a pass and hands them out in proportion to the time that went by. */
export class FullPass {
  readonly #watched: Pick<Watched, 'all'>;
  #jobIds: readonly string[] = [];
  #position = 0;
  #spentMs = PASS_MS;
  #lastAt: number | undefined;

  constructor(watched: Pick<Watched, 'all'>) {
    this.#watched = watched;
  }

  /** @param now monotonic ms */
  due(now: number): readonly string[] {
    const step = this.#lastAt === undefined ? 0 : Math.min(now - this.#lastAt, MAX_STEP_MS);
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
