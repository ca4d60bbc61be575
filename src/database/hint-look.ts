/** The look at rows that somebody else has named: at once, together, and once more. */
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { Watched } from './change-feed.ts';
import type { KeyLook } from './key-look.ts';

/** What is named within this long (ms) is looked at with one statement. */
const GATHER_MS = 5;
/** A row of which nothing new could be told is looked at again after this long (ms): the log tells of a transaction a moment before others can see it. */
const AGAIN_MS = 50;
/** Up to this many are read as a whole, no more than reconciles read at once: of more, most would have to be read again when their turn comes. */
const FEW = 64;
/** More are not kept in mind; one who names so many has the polling look sooner. */
const MOST = 5_000;

export interface HintLookParts {
  readonly watched: Pick<Watched, 'fingerprintOf'>;
  readonly keys: KeyLook;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** There were more than are kept in mind, or they could not be looked at. */
  readonly onDropped: () => void;
}

export class HintLook {
  readonly #parts: HintLookParts;
  #first = new Set<string>();
  #again = new Set<string>();
  #named = Promise.withResolvers<void>();

  constructor(parts: HintLookParts) {
    this.#parts = parts;
  }

  /** Rows of others, and those that are being processed for the first time, are passed over. */
  add(jobIds: Iterable<string>): void {
    for (const jobId of jobIds) {
      if (this.#parts.watched.fingerprintOf(jobId) === undefined) continue;
      if (this.#first.size >= MOST) {
        this.#parts.onDropped();
        break;
      }
      this.#first.add(jobId);
    }
    if (this.#first.size > 0) this.#named.resolve();
  }

  /** Runs until aborted, then returns. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const stop = (): void => this.#named.resolve();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        await this.#named.promise;
        await clock.sleep(GATHER_MS, signal);
        if (!signal.aborted) await this.#look(signal);
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { keys, onDropped } = this.#parts;
    const first = [...this.#first];
    const again = [...this.#again].filter((jobId) => !this.#first.has(jobId));
    this.#first = new Set();
    this.#again = new Set();
    this.#named = Promise.withResolvers();
    let told: ReadonlySet<string>;
    try {
      const named = [...first, ...again];
      told = await (named.length > FEW ? keys.look(named, signal) : keys.read(named));
    } catch (error) {
      // The polling notices, too, and says so.
      if (!(error instanceof OperatorError)) throw error;
      onDropped();
      return;
    }
    const same = first.filter((jobId) => !told.has(jobId));
    if (same.length > 0) void this.#nameAgain(same, signal);
  }

  async #nameAgain(jobIds: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#parts.clock.sleep(AGAIN_MS, signal);
    for (const jobId of jobIds) this.#again.add(jobId);
    this.#named.resolve();
  }
}
