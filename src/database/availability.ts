/** Whether the database can be worked with, told by every statement's end, and asked by whatever waits for its return. */
import { hasCode } from '../errors.ts';
import type { OperatorError } from '../errors.ts';

/** A server that refused a write as read-only is believed to write again, on the word of a probe, after this long (ms): a full disk shows in no variable. */
const READ_ONLY_MS = 5_000;

export interface AvailabilityListener {
  /** It answers again (or for the first time), and as far as is known it takes writes. */
  onUp(): void;
  onDown(error: OperatorError): void;
}

/** Down until the first answer. Transitions are told once each. */
export class Availability {
  readonly #listener: AvailabilityListener;
  readonly #now: () => number;
  #up = false;
  #error: OperatorError | undefined;
  #refusedWriteAt: number | undefined;

  /** @param now monotonic, in milliseconds */
  constructor(listener: AvailabilityListener, now: () => number = () => performance.now()) {
    this.#listener = listener;
    this.#now = now;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Why it is down; undefined while it is up or has not been tried. */
  get error(): OperatorError | undefined {
    return this.#error;
  }

  /** The server answered. Only a write, or time and a probe, take back a refused write. */
  answered(kind: 'read' | 'write' | { readonly readOnly: boolean }): void {
    if (this.#refusedWriteAt !== undefined && kind !== 'write') {
      const waited = this.#now() - this.#refusedWriteAt >= READ_ONLY_MS;
      if (kind === 'read' || kind.readOnly || !waited) return;
    }
    this.#refusedWriteAt = undefined;
    this.#error = undefined;
    if (this.#up) return;
    this.#up = true;
    this.#listener.onUp();
  }

  /** A statement failed; errors that are the statement's own say that the server is there, and change nothing. */
  failed(error: unknown): void {
    const readOnly = hasCode(error, 'DATABASE_READ_ONLY');
    if (!readOnly && !hasCode(error, 'DATABASE_UNAVAILABLE') && !hasCode(error, 'DATABASE_LOGIN_REFUSED')) return;
    this.#refusedWriteAt = readOnly ? this.#now() : undefined;
    const wasDown = !this.#up && this.#error !== undefined;
    this.#up = false;
    this.#error = error;
    if (!wasDown) this.#listener.onDown(error);
  }
}
