/** Whether the API server has an answer for us, told by the outcome of every attempt, so that who waits for its return learns of it from whoever asks first. */
import type { Clock } from '../engine/clock.ts';
import { untilAborted } from '../engine/until-aborted.ts';
import { OperatorError } from '../errors.ts';
import type { AttemptOutcome, Transport } from './transport.ts';

export interface ReachabilityParts {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** A request that costs nothing, whose outcome comes to `note` like all others. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
  /** Somebody was not answered, and neither was a probe; told once until it returns. Its code says whether nobody is there, or our credentials have ended. */
  readonly onAway: (error: OperatorError) => void;
  /** Somebody is answered again, also where nobody was told that it was away. */
  readonly onReturn: (absence: Absence) => void;
}

/** A time without an answer to anybody. */
export interface Absence {
  /** The first attempt had failed, monotonic milliseconds. */
  readonly failedAt: number;
  /** From the last answer before it to the first one after it; infinite when there was none before. */
  readonly lastedMs: number;
  /** `onAway` has told of it. */
  readonly told: boolean;
}

/** Between two probes: as often as a candidate looks at the Lease. */
const PROBE_MS = 2_000;

/** A probe into a black hole must not keep the next one waiting for half a minute. */
const PROBE_TIMEOUT_MS = 5_000;

/** What transport reports for an attempt without an answer, and with one to somebody it does not know; any other refusal is an answer. */
const UNANSWERED: ReadonlySet<string> = new Set(['<error>', '401']);

export class Reachability {
  readonly #parts: ReachabilityParts;
  #answeredAt = -Infinity;
  #failedAt: number | undefined;
  #told = false;
  #failure: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(parts: ReachabilityParts) {
    this.#parts = parts;
  }

  /** The last attempt of anybody was not answered. */
  isDown(): boolean {
    return this.#failedAt !== undefined;
  }

  note({ code }: AttemptOutcome): void {
    const now = this.#parts.clock.monotonic();
    if (UNANSWERED.has(code)) {
      this.#failedAt ??= now;
      this.#failure.resolve();
      return;
    }
    const [failedAt, lastedMs, told] = [this.#failedAt, now - this.#answeredAt, this.#told];
    this.#answeredAt = now;
    if (failedAt === undefined) return;
    this.#failedAt = undefined;
    this.#told = false;
    this.#failure = Promise.withResolvers();
    this.#parts.onReturn({ failedAt, lastedMs, told });
  }

  /** Sends probes for as long as nobody is answered: otherwise only those would notice the return who have something to ask. Resolves when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Rejects with the signal only, which is looked at next.
      await untilAborted(this.#failure.promise, signal).catch(() => undefined);
      await this.#parts.clock.sleep(PROBE_MS, signal);
      if (signal.aborted || !this.isDown()) continue;
      try {
        await this.#parts.probe(signal);
      } catch (error) {
        if (!(error instanceof OperatorError)) {
          if (!signal.aborted) throw error;
          continue;
        }
        // A refusal has been noted as the answer that it is.
        if (this.#told || !this.isDown()) continue;
        this.#told = true;
        this.#parts.onAway(error);
      }
    }
  }
}

/** Everybody may ask for it, and whoever may not is answered too. */
export function versionProbe(transport: Transport): ReachabilityParts['probe'] {
  return (signal) => transport.request({ method: 'GET', path: '/version', timeoutMs: PROBE_TIMEOUT_MS, retry: false, signal });
}
