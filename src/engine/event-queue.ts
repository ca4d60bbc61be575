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
   * Returns how many gave way: the oldest of its type.
   *
   * @param places for those that are no warnings, at the moment: one at least, and no more than there are at all
   */
  push(waiting: WaitingEvent, places: number): number {
    if (waiting.happening.type === 'Warning') return this.#warnings.push(waiting) === undefined ? 0 : 1;
    let evicted = 0;
    for (; this.#normal.size >= places; evicted += 1) this.#normal.shift();
    this.#normal.push(waiting);
    return evicted;
  }

  /** What `shift` would take. */
  peek(): WaitingEvent | undefined {
    return this.#warnings.peek() ?? this.#normal.peek();
  }

  shift(): WaitingEvent | undefined {
    return this.#warnings.shift() ?? this.#normal.shift();
  }
}
