/** Events that wait to be sent: warnings first, and each type within its bounds, so that no flood of good news drives out a bad one. */
import { BoundedQueue } from './bounded-queue.ts';
import type { Happening } from './event.ts';

/** Not an Event yet: in a flood most are never sent, and those need not be made. */
export interface WaitingEvent {
  readonly happening: Happening;
  /** Wall clock at which it happened, milliseconds. */
  readonly at: number;
}

export class EventQueue {
  readonly #warnings: BoundedQueue<WaitingEvent>;
  readonly #normal: BoundedQueue<WaitingEvent>;

  constructor(warnings: number, normal: number) {
    this.#warnings = new BoundedQueue(warnings);
    this.#normal = new BoundedQueue(normal);
  }

  get size(): number {
    return this.#warnings.size + this.#normal.size;
  }

  /**
   * Returns what gave way, if anything did: the oldest of its type.
   *
   * @param places for those that are no warnings, at the moment; no more than there are at all
   */
  push(waiting: WaitingEvent, places: number): WaitingEvent | undefined {
    if (waiting.happening.type === 'Warning') return this.#warnings.push(waiting);
    const evicted = this.#normal.size >= places ? this.#normal.shift() : undefined;
    return this.#normal.push(waiting) ?? evicted;
  }

  /** What `shift` would take. */
  peek(): WaitingEvent | undefined {
    return this.#warnings.peek() ?? this.#normal.peek();
  }

  shift(): WaitingEvent | undefined {
    return this.#warnings.shift() ?? this.#normal.shift();
  }
}
