/** Whether the database answers, told by the end of every statement, and asked by whatever waits for its return. */
import { hasCode } from '../errors.ts';
import type { OperatorError } from '../errors.ts';

export interface AvailabilityListener {
  /** It answers again, or for the first time. */
  onUp(): void;
  onDown(error: OperatorError): void;
}

/** When a statement, or the connection for it, was asked for and when that ended; monotonic milliseconds. */
export interface Span {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Who waited for this long (ms) while nobody else was answered has seen an outage and not the end of one connection: the feed alone asks several times a second. */
const PROOF_MS = 1_000;

/**
 * Down from a proven failure of connection, login or time-out to the next answer. One broken connection, or all of a pool at once, as when a
 * proxy restarts, proves nothing: that takes a failure of somebody who began after the first one, or who waited long while nobody
 * was answered. Before the first answer there is nothing to doubt, and a failure counts at once.
 *
 * A database that was not asked yet is not down, and neither is one that refuses: it answers. Transitions are told once each, and one that is still away once
 * more by whoever asks first after a `forget`.
 */
export class Availability {
  readonly #listener: AvailabilityListener;
  #state: 'unknown' | 'up' | 'down' = 'unknown';
  #error: OperatorError | undefined;
  /** The end of the first failure since the last answer; undefined without one. */
  #doubtedAt: number | undefined;
  #answeredAt = -Infinity;
  #forgottenAt = -Infinity;

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

  /**
   * What failed so far says nothing of now: hardly anybody has asked for a while. Whoever asks next learns how it is.
   *
   * @param now monotonic milliseconds; the failure of what was asked before that is no news either
   */
  forget(now: number): void {
    this.#forgottenAt = now;
    this.#doubtedAt = undefined;
    if (this.#state !== 'down') return;
    this.#state = 'unknown';
    this.#error = undefined;
  }

  /** Takes in how a statement ended. @param error undefined when it was answered well */
  note(error: unknown, span: Span): void {
    if (hasCode(error, 'DATABASE_UNAVAILABLE') || hasCode(error, 'DATABASE_LOGIN_REFUSED')) this.#failed(error, span);
    else this.#answered(span);
  }

  #answered({ endedAt }: Span): void {
    this.#answeredAt = endedAt;
    this.#doubtedAt = undefined;
    if (this.#state === 'up') return;
    this.#state = 'up';
    this.#error = undefined;
    this.#listener.onUp();
  }

  #failed(error: OperatorError, span: Span): void {
    if (span.startedAt < this.#forgottenAt) return;
    if (this.#state !== 'down' && !this.#proves(span)) {
      this.#doubtedAt ??= span.endedAt;
      return;
    }
    this.#error = error;
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#listener.onDown(error);
  }

  #proves({ startedAt, endedAt }: Span): boolean {
    if (this.#answeredAt === -Infinity) return true;
    if (this.#doubtedAt !== undefined && startedAt >= this.#doubtedAt) return true;
    return this.#answeredAt <= startedAt && endedAt - startedAt >= PROOF_MS;
  }
}
