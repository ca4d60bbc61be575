/** A clock that stands still until a test moves it. */
import { setImmediate as turn } from 'node:timers/promises';
import { sleepOn } from '../../src/engine/clock.ts';
import type { Clock, Timer } from '../../src/engine/clock.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

export class FakeClock implements Clock {
  readonly #pending = new Set<Pending>();
  #monotonic: number;
  #wallOffset: number;
  #nextOrder = 0;

  /** Both in milliseconds; `wall` is the wall clock at the start. */
  constructor(options: { readonly monotonic?: number; readonly wall?: number } = {}) {
    this.#monotonic = options.monotonic ?? 1_000;
    this.#wallOffset = (options.wall ?? Date.UTC(2026, 0, 1)) - this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  now(): number {
    return this.#monotonic + this.#wallOffset;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  setTimer(ms: number, fn: () => void): Timer {
    if (Number.isNaN(ms)) {
      throw new RangeError('a timer needs a number of milliseconds');
    }
    const pending = { at: this.#monotonic + Math.max(0, ms), order: this.#nextOrder++, fn };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Timers that have not fired: for a check that nothing was left behind. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Moves the wall clock alone, as an administrator or NTP would. */
  setWall(ms: number): void {
    this.#wallOffset = ms - this.#monotonic;
  }

  /** Moves time on by `ms` milliseconds: every timer due by then fires at its time, in order, and what follows from it runs. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await this.settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#pending.delete(next);
      this.#monotonic = Math.max(this.#monotonic, next.at);
      next.fn();
      await this.settle();
    }
    this.#monotonic = end;
  }

  /** Moves time on by `ms` milliseconds while nothing runs, as for a process that is stopped: what was due meanwhile is due at once afterwards. */
  oversleep(ms: number): void {
    this.#monotonic += ms;
  }

  /** Lets everything run that does not wait for time. */
  async settle(): Promise<void> {
    // All microtasks run before the first immediate; two more turns for code that itself yields to the event loop.
    for (let turns = 0; turns < 3; turns += 1) {
      await turn();
    }
  }

  #next(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= end && (next === undefined || pending.at < next.at || (pending.at === next.at && pending.order < next.order))) {
        next = pending;
      }
    }
    return next;
  }
}
