/** One term of leadership: how long it counts, and the two ways in which it ends. */
import type { Clock, Timer } from './clock.ts';

/** Read from two clocks at once. */
export interface Moment {
  /** Milliseconds of the monotonic clock. */
  readonly monotonic: number;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

export function momentOf(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}

/** The Lease was not renewed in time: somebody else may lead by now. */
export class LeaseLapsed extends Error {
  override readonly name = 'LeaseLapsed';

  constructor(sinceMs: number) {
    super(`the Lease was not renewed for ${Math.round(sinceMs)} ms; another process may lead by now`);
  }
}

/**
 * Counts for `countsMs` from the last renewal, measured from *before* the request for it was sent: what the others wait for begins
 * after that.
 *
 * Elapsed is what the clock that ran further says. Linux's monotonic clock stands still while the machine is suspended, and there
 * the wall clock tells; it can only shorten a term, so a wrong one costs an election and no more.
 */
export class LeadershipTerm {
  readonly #clock: Clock;
  readonly #countsMs: number;
  readonly #onOver: () => void;
  readonly #halt = new AbortController();
  readonly #over = new AbortController();
  #renewedAt: Moment;
  #timer: Timer | undefined;

  constructor(clock: Clock, countsMs: number, renewedAt: Moment, onOver: () => void) {
    this.#clock = clock;
    this.#countsMs = countsMs;
    this.#onOver = onOver;
    this.#renewedAt = renewedAt;
    this.#arm();
  }

  /** Aborts when no new work may begin: the Lease is lost, or the process stops. Its reason says which. */
  get signal(): AbortSignal {
    return this.#halt.signal;
  }

  /** Aborts when the Lease no longer counts as held: lost, or the term's work has ended. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /**
   * Whether the Lease still counts as held now. A process that slept learns it here first, before any timer of it fires: the
   * signals abort within this call.
   */
  holds(): boolean {
    if (!this.#over.signal.aborted && this.leftMs() <= 0) {
      this.lose(new LeaseLapsed(this.#countsMs - this.leftMs()));
    }
    return !this.#over.signal.aborted;
  }

  /** Milliseconds. */
  leftMs(): number {
    const now = momentOf(this.#clock);
    return this.#countsMs - Math.max(now.monotonic - this.#renewedAt.monotonic, now.wall - this.#renewedAt.wall);
  }

  /** @param at before the request was sent */
  renewed(at: Moment): void {
    this.#renewedAt = at;
  }

  /** Asks for the end; the Lease is held, and renewed, until the work is done. */
  halt(reason: unknown): void {
    this.#halt.abort(reason);
  }

  lose(reason: Error): void {
    this.#end(reason);
  }

  /** The work has ended. */
  finish(): void {
    this.#end(new Error('the term is over'));
  }

  #end(reason: Error): void {
    if (this.#over.signal.aborted) {
      return;
    }
    this.#timer?.cancel();
    // First, so that nobody who is told of the end by the other signal still finds the Lease held.
    this.#over.abort(reason);
    this.#halt.abort(reason);
    this.#onOver();
  }

  /** One timer for many renewals: it looks again at what is left then. */
  #arm(): void {
    this.#timer = this.#clock.setTimer(this.leftMs(), () => {
      if (this.holds()) {
        this.#arm();
      }
    });
  }
}
