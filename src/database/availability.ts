/** Whether the database answers, told by the end of every statement, and asked by whatever waits for its return. */
import { hasCode } from '../errors.ts';
import type { OperatorError } from '../errors.ts';

export interface AvailabilityListener {
  /** It answers again, or for the first time. */
  onUp(): void;
  onDown(error: OperatorError): void;
}

/**
 * Down from a failed connection, login or time-out to the next answer. A database that was not asked yet is not down, and
 * neither is one that refuses: it answers. Transitions are told once each.
 */
export class Availability {
  readonly #listener: AvailabilityListener;
  #state: 'unknown' | 'up' | 'down' = 'unknown';
  #error: OperatorError | undefined;

  constructor(listener: AvailabilityListener) {
    this.#listener = listener;
  }

  isDown(): boolean {
    return this.#state === 'down';
  }

  /** Why it is down; undefined while it is not. */
  get error(): OperatorError | undefined {
    return this.#error;
  }

  /** Takes in how a statement ended. @param error undefined when it was answered well */
  note(error: unknown): void {
    if (hasCode(error, 'DATABASE_UNAVAILABLE') || hasCode(error, 'DATABASE_LOGIN_REFUSED')) this.#failed(error);
    else this.#answered();
  }

  #answered(): void {
    if (this.#state === 'up') return;
    this.#state = 'up';
    this.#error = undefined;
    this.#listener.onUp();
  }

  #failed(error: OperatorError): void {
    this.#error = error;
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#listener.onDown(error);
  }
}
