/** One leader among several processes, by a Lease: client-go's tools/leaderelection, with a signal for each term. */
import type { Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import { Deadline } from './deadline.ts';
import { LeadershipTerm, momentOf } from './leadership-term.ts';
import { LeaseClaim, LeaseTaken } from './lease-claim.ts';
import type { Won } from './lease-claim.ts';
import type { Lease, LeaseStore } from './lease.ts';

/** One attempt that failed. There is one for each step of the back-off: log it and nothing else. */
export interface LeaderElectionTrouble {
  /** `release`: the others have to wait for the Lease to expire. */
  readonly during: 'acquire' | 'renew' | 'release';
  readonly error: unknown;
  /** 1 for the first since the last success. */
  readonly attempt: number;
  /** Milliseconds until the next attempt; undefined when there is none. */
  readonly delayMs: number | undefined;
}

export interface LeaderElectionObserver {
  /** From the Lease being won until it is lost, or the term's work has ended. */
  leading(isLeader: boolean): void;
}

export interface LeaderElectorOptions<L extends Lease> {
  readonly store: LeaseStore<L>;
  /** See {@link newHolderIdentity}. */
  readonly identity: string;
  /** None of the callbacks may throw. */
  readonly observer: LeaderElectionObserver;
  readonly onTrouble: (trouble: LeaderElectionTrouble) => void;
  /** Another holder was seen, perhaps this process; empty: nobody. For a log line. client-go's OnNewLeader. */
  readonly onHolder?: (identity: string) => void;
  readonly clock: Clock;
  readonly random?: Random;
  /** Milliseconds, whole seconds of them, without a renewal after which others may take over (default 15,000: all three as client-go). */
  readonly leaseDurationMs?: number;
  /** Milliseconds from before the last renewal that succeeded was sent until the term ends (default 10,000). */
  readonly renewDeadlineMs?: number;
  /** Milliseconds between two renewals; after a candidate's failure once to 2.2 times as long, at random (default 2,000). */
  readonly retryPeriodMs?: number;
  /**
   * Milliseconds between two looks of a standby, less up to half at random (default 1,000). Half of client-go's shortest, so that a
   * Lease that was released is taken over within a second. One read of one object costs the API server less than the events
   * of a watch would, and needs neither its permission nor a second way to notice a dead connection.
   */
  readonly standbyPollMs?: number;
  /** Milliseconds that a term's work may take to end after its signal aborted (default 20,000). */
  readonly termEndMs?: number;
  /** Milliseconds that a release may take (default 3,000); an API server that is away must not hold up a stop. */
  readonly releaseMs?: number;
}

/** A term's work did not end when asked to. Only a new process is certain to be rid of it. */
export class TermDidNotEnd extends Error {
  override readonly name = 'TermDidNotEnd';

  constructor(afterMs: number, cause: unknown) {
    super(`the work of a term of leadership did not end within ${afterMs} ms of its signal`, { cause });
  }
}

/** client-go's: waits are between one and 2.2 times their period. */
const JITTER_FACTOR = 1.2;

/** Two attempts must fit into the renew deadline even if the first finds a connection dead (controller-runtime does the same). */
const ATTEMPTS_PER_DEADLINE = 2;

/** Throws a RangeError when the times cannot work together, as client-go does. */
export class LeaderElector<L extends Lease = Lease> {
  readonly #options: LeaderElectorOptions<L>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #claim: LeaseClaim<L>;
  #running = false;
  #term: LeadershipTerm | undefined;

  constructor(options: LeaderElectorOptions<L>) {
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    if (options.identity === '') {
      throw new RangeError('a candidate needs an identity');
    }
    if (leaseDurationMs < 1_000 || leaseDurationMs % 1_000 !== 0) {
      throw new RangeError('a Lease lasts for whole seconds');
    }
    if (leaseDurationMs <= renewDeadlineMs) {
      throw new RangeError('the duration of a Lease must be longer than the renew deadline');
    }
    if (retryPeriodMs <= 0 || renewDeadlineMs <= retryPeriodMs * JITTER_FACTOR) {
      throw new RangeError(`the renew deadline must be longer than ${JITTER_FACTOR} retry periods`);
    }
    this.#options = options;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#renewDeadlineMs = renewDeadlineMs;
    this.#retryPeriodMs = retryPeriodMs;
    this.#claim = new LeaseClaim({ ...options, leaseDurationMs });
  }

  /**
   * Whether this process still counts as the leader at this moment: two reads of a clock, to be asked before each effect. A process
   * that slept aborts its term's signal within this call.
   *
   * True after a stop was asked for, until the term's work has ended: the Lease is renewed for as long, so that work under way may be
   * finished. Even so a Lease is no fence: the process may be stopped between this answer and the effect.
   *
   * @param term only as this term's leader: its work may outlast it, and find the next one begun
   */
  isLeading(term?: AbortSignal): boolean {
    const current = this.#term;
    return current !== undefined && (term === undefined || term === current.signal) && current.holds();
  }

  /**
   * Waits to be elected, calls `onTerm`, and waits again when the term was lost, until `signal` aborts: then the term's signal aborts,
   * the Lease is renewed until `onTerm` has ended, and released.
   *
   * A term's signal aborts with the stop's reason, a LeaseLapsed or a LeaseTaken; `onTerm` may resolve or reject with that. One that ends
   * by itself gives the Lease up.
   *
   * Rejects with what `onTerm` rejected with, after the release; with a {@link TermDidNotEnd}, without one, when it did not end in time:
   * the process has to end then. Never because of what the API server does.
   */
  async run(signal: AbortSignal, onTerm: (term: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#running) {
      throw new Error('the leader elector is running already');
    }
    this.#running = true;
    try {
      for (;;) {
        const won = await this.#acquire(signal);
        if (won === undefined) {
          return;
        }
        const end = await this.#lead(won, signal, onTerm);
        if (end === 'finished' && !signal.aborted) {
          await this.#release();
          await this.#clock.sleep(this.#jittered(), signal);
        }
      }
    } finally {
      await this.#release();
      this.#running = false;
    }
  }

  /** Undefined when the signal aborted. */
  async #acquire(signal: AbortSignal): Promise<Won<L> | undefined> {
    const { standbyPollMs = 1_000, onTrouble } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      let delayMs: number;
      try {
        const won = await this.#within(this.#attemptMs, 'an attempt to acquire the Lease', signal, (limit) => this.#claim.tryToAcquire(limit));
        if (won !== undefined) {
          return won;
        }
        failures = 0;
        delayMs = standbyPollMs * (1 - this.#random() / 2);
      } catch (error) {
        if (signal.aborted) {
          return undefined;
        }
        failures += 1;
        delayMs = this.#jittered();
        onTrouble({ during: 'acquire', error, attempt: failures, delayMs });
      }
      await this.#clock.sleep(delayMs, signal);
    }
    return undefined;
  }

  /** @returns `lost`, or `finished` when the term's work ended before the Lease was lost */
  async #lead(won: Won<L>, signal: AbortSignal, onTerm: (term: AbortSignal) => Promise<void>): Promise<'lost' | 'finished'> {
    const { observer, termEndMs = 20_000 } = this.#options;
    const term = new LeadershipTerm(this.#clock, this.#renewDeadlineMs, won.since, () => observer.leading(false));
    const stop = (): void => term.halt(signal.reason);
    const ended = new AbortController();
    this.#term = term;
    observer.leading(true);
    const renewals = this.#renew(term, won);
    const late = this.#lateness(term.signal, termEndMs, ended.signal);
    signal.addEventListener('abort', stop);
    if (signal.aborted) {
      stop();
    }
    try {
      const end = await Promise.race([late, this.#work(term, onTerm)]);
      if (end === 'late') {
        // Whatever still runs may still have effects: nobody else is to begin before the Lease has expired.
        this.#claim.abandon();
        throw new TermDidNotEnd(termEndMs, term.signal.reason);
      }
      return term.holds() ? 'finished' : 'lost';
    } finally {
      signal.removeEventListener('abort', stop);
      ended.abort();
      term.finish();
      this.#term = undefined;
      await renewals;
    }
  }

  /** Resolves when the work has ended; being told to end is no failure of it. */
  async #work(term: LeadershipTerm, onTerm: (term: AbortSignal) => Promise<void>): Promise<'ended'> {
    if (!term.holds() || term.signal.aborted) {
      return 'ended';
    }
    try {
      await onTerm(term.signal);
    } catch (error) {
      if (!term.signal.aborted || error !== term.signal.reason) {
        throw error;
      }
    }
    return 'ended';
  }

  /** Resolves `ms` milliseconds after the term's signal aborted, or never. */
  #lateness(halted: AbortSignal, ms: number, ended: AbortSignal): Promise<'late'> {
    return new Promise((resolve) => {
      const begin = async (): Promise<void> => {
        await this.#clock.sleep(ms, ended);
        if (!ended.aborted) {
          resolve('late');
        }
      };
      halted.addEventListener('abort', () => void begin(), { once: true });
    });
  }

  /** Until the Lease is lost or the term's work has ended; never rejects. */
  async #renew(term: LeadershipTerm, won: Won<L>): Promise<void> {
    let held = won.lease;
    let next = won.since.monotonic + this.#retryPeriodMs;
    for (let failures = 0; ; ) {
      await this.#clock.sleep(Math.max(0, next - this.#clock.monotonic()), term.over);
      // Before anything is sent: this process may have slept.
      if (!term.holds()) {
        return;
      }
      const sent = momentOf(this.#clock);
      next = sent.monotonic + this.#retryPeriodMs;
      try {
        const limitMs = Math.ceil(Math.min(this.#attemptMs, term.leftMs()));
        held = await this.#within(limitMs, 'a renewal of the Lease', term.over, (limit) => this.#claim.renew(held, limit));
        term.renewed(sent);
        failures = 0;
      } catch (error) {
        if (error instanceof LeaseTaken) {
          term.lose(error);
        }
        if (term.over.aborted) {
          return;
        }
        failures += 1;
        const delayMs = Math.max(0, next - this.#clock.monotonic());
        this.#options.onTrouble({ during: 'renew', error, attempt: failures, delayMs });
      }
    }
  }

  /** So that a standby need not wait for the Lease to expire. Does nothing when it is not ours; never rejects. */
  async #release(): Promise<void> {
    const { releaseMs = 3_000, onTrouble } = this.#options;
    if (!this.#claim.mayHold) {
      return;
    }
    try {
      await this.#within(releaseMs, 'the release of the Lease', undefined, (limit) => this.#claim.release(limit));
    } catch (error) {
      this.#claim.abandon();
      onTrouble({ during: 'release', error, attempt: 1, delayMs: undefined });
    }
  }

  async #within<T>(ms: number, what: string, parent: AbortSignal | undefined, attempt: (limit: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.#clock, ms, what, parent);
    try {
      return await attempt(deadline.signal);
    } finally {
      deadline.release();
    }
  }

  get #attemptMs(): number {
    return this.#renewDeadlineMs / ATTEMPTS_PER_DEADLINE;
  }

  /** client-go's wait.Jitter. */
  #jittered(): number {
    return this.#retryPeriodMs * (1 + this.#random() * JITTER_FACTOR);
  }
}
