/**
 * Lets answers gather while many are due, as network adapters do with interrupts (interrupt moderation; in Linux NAPI and `ethtool -C rx-usecs`). A server that answers three
 * hundred times a second, and a watch that goes along with it, wake a process over six hundred times to do a little with cold caches; two hundred times to do more costs a quarter less.
 */

export interface ModerationOptions {
  /** Blocks the thread for so many milliseconds. */
  readonly rest?: (ms: number) => void;
  /** Calls back once the sockets that have something now have been read, and what that led to has been sent. */
  readonly afterReads?: (turn: () => void) => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** With fewer requests under way there is little to gather, and each of them may be what somebody waits for. */
const MANY = 4;
/** A turn of the event loop begins this share of the time that an answer takes after the one before it, so that what else is under way keeps the server busy. */
const SHARE = 0.5;
/** And no later than that (ms): timers, signals, probes and the database's answers wait as well. */
const LONGEST_MS = 15;
/** How much of the mean the last answer is. */
const WEIGHT = 1 / 8;

/**
 * The mean time of an answer holds what it waited for us, too, which settles: between half of the server's own and a little less than the whole. An answer that takes longer than
 * the mean counts with the time that nothing has come, so that a server which hangs is not asked after a thousand times a second. A process whose turns take longer than a rest,
 * since it is itself what limits the rate, does not rest.
 */
export class Moderation {
  readonly #rest: (ms: number) => void;
  readonly #afterReads: (turn: () => void) => void;
  readonly #now: () => number;
  #due = 0;
  #meanMs = 0;
  #answeredAt = 0;
  #isPacing = false;
  #turnAt = 0;

  constructor({ rest = blockThread, afterReads = afterWhatReadsBegan, now = () => performance.now() }: ModerationOptions = {}) {
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
    this.#answeredAt = this.#turnAt;
    this.#afterReads(this.#turn);
  }

  /** Its answer is there, `afterMs` milliseconds later. */
  answered(afterMs: number): void {
    this.#due -= 1;
    this.#meanMs += (afterMs - this.#meanMs) * WEIGHT;
    if (this.#isPacing) this.#answeredAt = this.#now();
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
    const now = this.#now();
    const answerMs = Math.max(this.#meanMs, now - this.#answeredAt);
    const restMs = Math.min(LONGEST_MS, answerMs * SHARE) - (now - this.#turnAt);
    if (restMs > 0) this.#rest(restMs);
    this.#turnAt = this.#now();
    this.#afterReads(this.#turn);
  };
}

/** Statements that the reads of a turn led to are gathered until its end, and go out then (database/batch.ts): what rests after that does not keep the database from them. */
function afterWhatReadsBegan(turn: () => void): void {
  setImmediate(() => setImmediate(turn));
}

const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** A timer would not do: the sockets would be read meanwhile. */
export function blockThread(ms: number): void {
  Atomics.wait(NOBODY_WAKES, 0, 0, ms);
}
