/** How long to wait before trying again: per key for the work queue, per loop for the reflector. */
import type { Clock } from './clock.ts';

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

export interface ItemBackoffOptions {
  /** First delay, milliseconds (default 5). */
  readonly baseMs?: number;
  /** Longest delay, milliseconds (default 30,000). */
  readonly capMs?: number;
  /** Up to this part of a delay is taken off at random (0 … 1, default 0.2), so that keys that failed together spread. */
  readonly jitter?: number;
  readonly random?: Random;
}

/**
 * Exponential back-off per key: base · 2^failures, capped.
 *
 * client-go's TypedItemExponentialFailureRateLimiter with its 5 ms base. Its cap of 1,000 s would leave a Job alone for a
 * quarter of an hour after whatever failed is well again; 30 s bounds that, and what is known to be away is parked by the
 * controller instead of retried.
 */
export class ItemBackoff<K> {
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #jitter: number;
  readonly #random: Random;
  readonly #failures = new Map<K, number>();

  constructor(options: ItemBackoffOptions = {}) {
    this.#baseMs = options.baseMs ?? 5;
    this.#capMs = options.capMs ?? 30_000;
    this.#jitter = options.jitter ?? 0.2;
    this.#random = options.random ?? Math.random;
  }

  /** Counts one more failure of `key` and says how long to wait, in milliseconds. */
  next(key: K): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delay = Math.min(this.#capMs, this.#baseMs * 2 ** failures);
    return delay * (1 - this.#jitter * this.#random());
  }

  /** Failures of `key` since it was last forgotten. */
  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next failure of `key` is its first again. Also what keeps the memory bounded. */
  forget(key: K): void {
    this.#failures.delete(key);
  }
}

export interface LoopBackoffOptions {
  readonly clock: Clock;
  readonly random?: Random;
  /** First delay, milliseconds (default 800). */
  readonly baseMs?: number;
  /** Longest delay before jitter, milliseconds (default 30,000). */
  readonly capMs?: number;
  /** This long without a step means health: the next step is the first again. Milliseconds (default 120,000). */
  readonly resetMs?: number;
}

export interface BackoffStep {
  /** 1 for the first step since the loop was last healthy. */
  readonly attempt: number;
  /** Milliseconds. */
  readonly delayMs: number;
}

/**
 * Back-off of one loop: 0.8 s to 30 s by factor 2, each between one and two times that at random.
 *
 * The numbers are those of client-go's reflector (tools/cache/reflector.go, defaultBackoff…: 98 % less traffic while the API
 * server is ill). The reset is what its comment says, two minutes without a step; its DelayWithReset starts over every two
 * minutes even in the middle of an outage.
 */
export class LoopBackoff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #resetMs: number;
  #attempt = 0;
  #wellFrom = 0;

  constructor(options: LoopBackoffOptions) {
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#baseMs = options.baseMs ?? 800;
    this.#capMs = options.capMs ?? 30_000;
    this.#resetMs = options.resetMs ?? 120_000;
  }

  /** The next step is the first again: what was failing is known to be well. */
  reset(): void {
    this.#attempt = 0;
  }

  next(): BackoffStep {
    const now = this.#clock.monotonic();
    if (now - this.#wellFrom > this.#resetMs) {
      this.#attempt = 0;
    }
    const delay = Math.min(this.#capMs, this.#baseMs * 2 ** this.#attempt);
    const delayMs = delay * (1 + this.#random());
    this.#attempt += 1;
    // Counted from the end of the wait: while waiting the loop is not healthy.
    this.#wellFrom = now + delayMs;
    return { attempt: this.#attempt, delayMs };
  }
}
