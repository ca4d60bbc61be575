/** A signal that aborts with its parent, or when something took too long. */
import type { Clock, Timer } from './clock.ts';

/** Something did not end, or did not move, within its time. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  /** Milliseconds. */
  readonly afterMs: number;

  constructor(what: string, afterMs: number) {
    super(`${what} took longer than ${afterMs} ms`);
    this.afterMs = afterMs;
  }
}

/**
 * Aborts `signal` with a {@link DeadlineExceeded} once `ms` milliseconds have gone by without a `touch`, and with the
 * parent's reason when the parent aborts. Must be released, which also aborts the signal: whoever still holds on to it
 * (a connection) lets go.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #what: string;
  readonly #parent: AbortSignal | undefined;
  readonly #controller = new AbortController();
  #touchedAt: number;
  #timer: Timer | undefined;

  constructor(clock: Clock, ms: number, what: string, parent?: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#what = what;
    this.#parent = parent;
    this.#touchedAt = clock.monotonic();
    if (parent?.aborted === true) {
      this.#controller.abort(parent.reason);
    } else {
      parent?.addEventListener('abort', this.#follow);
      this.#arm(ms);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the time anew. Costs a clock read and no timer, so it can be called for every event. */
  touch(): void {
    this.#touchedAt = this.#clock.monotonic();
  }

  release(): void {
    this.#timer?.cancel();
    this.#parent?.removeEventListener('abort', this.#follow);
    this.#controller.abort(new Error(`${this.#what} is over`));
  }

  readonly #follow = (): void => {
    this.#timer?.cancel();
    this.#controller.abort(this.#parent?.reason);
  };

  #arm(ms: number): void {
    this.#timer = this.#clock.setTimer(ms, () => {
      const left = this.#touchedAt + this.#ms - this.#clock.monotonic();
      if (left > 0) {
        this.#arm(Math.ceil(left));
        return;
      }
      this.#parent?.removeEventListener('abort', this.#follow);
      this.#controller.abort(new DeadlineExceeded(this.#what, this.#ms));
    });
  }
}
