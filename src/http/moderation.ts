/**
 * Lets answers gather while many are due, as network adapters do with interrupts (interrupt moderation; in Linux NAPI and `ethtool -C rx-usecs`). A server that answers two
 * hundred times a second, and a watch that goes along with it, wake a process six hundred times to do a little with cold caches; fifty times to do more costs a quarter less.
 */

export interface ModerationOptions {
  /** Blocks the thread for so many milliseconds. */
  readonly rest?: (ms: number) => void;
  /** Calls back once the sockets that have something now have been read. */
  readonly afterReads?: (turn: () => void) => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** A single request is what somebody waits for, and there is nothing to gather. */
const MANY = 2;
/** A turn of the event loop begins this share of the time that an answer takes after the one before it, so that the rest of what is under way keeps the server busy. */
const SHARE = 0.5;
/** And no later than that (ms): timers, signals, probes and the database's answers wait as well. */
const LONGEST_MS = 15;
/** How much of the mean the last answer is. */
const WEIGHT = 1 / 8;

/**
 * The mean time of an answer holds what it waited for us, too, which settles: half of that is two thirds of the server's own. A process whose turns take longer
 * than that, since it is itself what limits the rate, never rests.
 */
export class Moderation {
  readonly #rest: (ms: number) => void;
  readonly #afterReads: (turn: () => void) => void;
  readonly #now: () => number;
  #due = 0;
  #meanMs = 0;
  #isPacing = false;
  #turnAt = 0;

  constructor({ rest = blockThread, afterReads = setImmediate, now = () => performance.now() }: ModerationOptions = {}) {
    this.#rest = rest;
    this.#afterReads = afterReads;
    this.#now = now;
  }

  /** A request is on its way. */
  sent(): void {
    this.#due += 1;
    if (this.#isPacing || this.#due < MANY) return;
    this.#isPacing = true;
    this.#turnAt = this.#now();
    this.#afterReads(this.#turn);
  }

  /** Its answer is there, `afterMs` milliseconds later. */
  answered(afterMs: number): void {
    this.#due -= 1;
    this.#meanMs += (afterMs - this.#meanMs) * WEIGHT;
  }

  /** No answer is to be waited for any more. */
  lost(): void {
    this.#due -= 1;
  }

  readonly #turn = (): void => {
    if (this.#due < MANY) {
      this.#isPacing = false;
      return;
    }
    const restMs = Math.min(LONGEST_MS, this.#meanMs * SHARE) - (this.#now() - this.#turnAt);
    if (restMs > 0) this.#rest(restMs);
    this.#turnAt = this.#now();
    this.#afterReads(this.#turn);
  };
}

const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** A timer would not do: the sockets would be read meanwhile. */
function blockThread(ms: number): void {
  Atomics.wait(NOBODY_WAKES, 0, 0, ms);
}
