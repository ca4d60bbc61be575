/** Events for people (`kubectl describe`), at a price that is bounded: nobody's work waits for one, and some may get lost. */
import type { Random } from './backoff.ts';
import type { Clock, Timer } from './clock.ts';
import { ClosedPlaces } from './closed-places.ts';
import { EventQueue } from './event-queue.ts';
import { makeEvent, placeOf } from './event.ts';
import type { Event, Happening, Reporter } from './event.ts';
import { SpamFilter } from './spam-filter.ts';
import { TokenBucket } from './token-bucket.ts';

export interface EventSink {
  /** Throws when the Event was not created. To be given up when the signal aborts. */
  create(event: Event, signal: AbortSignal): Promise<void>;
}

/**
 * What became of an Event:
 * - `sent`;
 * - `spam`: too many about this object;
 * - `overflow`: it was the oldest of its type in a full queue;
 * - `refused`: its namespace takes no Events, or did not a moment ago;
 * - `failed`: not taken the second time either;
 * - `stopped`: recorded after, or still waiting at the end of, `stop`.
 */
export const EVENT_FATES = ['sent', 'spam', 'overflow', 'refused', 'failed', 'stopped'] as const;
export type EventFate = (typeof EVENT_FATES)[number];

export interface EventRecorderOptions {
  readonly sink: EventSink;
  readonly reporter: Reporter;
  readonly clock: Clock;
  /**
   * The namespace takes no Events (403, since it is terminating): not worth a second attempt nor a word, and for a minute nothing
   * else is sent there. The deletion of a namespace with thousands of objects would end in as many refusals.
   */
  readonly isRefusal: (error: unknown) => boolean;
  /** For counters, and to log the `error` of a `failed` one. Must not throw. */
  readonly onFate: (fate: EventFate, error?: unknown) => void;
  readonly random?: Random;
  /** Warnings that wait (default 1,000: client-go's maxQueuedEvents); they go before the others. */
  readonly capacity?: number;
  /** Other Events that wait, beyond those that may be sent at once (default 10, one at least). In a flood the newest are told, within two seconds: what many objects went through a while ago interests nobody. */
  readonly normalCapacity?: number;
  /** Requests at the same time (default 2). */
  readonly concurrency?: number;
  /** Requests at once, and a second (default 100, and 5, the rate of a client-go client that is not told otherwise): 20,000 new objects must not double the API server's load. */
  readonly burst?: number;
  readonly perSecond?: number;
  /** Per object; see SpamFilter. */
  readonly spam?: { readonly burst?: number; readonly refillSeconds?: number; readonly capacity?: number };
  /** Milliseconds between the two attempts (default 1,000). */
  readonly retryMs?: number;
}

/** When there are more than may be sent, some are sent together after this long (ms), which costs less than each on its own. */
const GATHER_MS = 500;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #queue: EventQueue;
  readonly #bucket: TokenBucket;
  readonly #spam: SpamFilter;
  readonly #perSecond: number;
  readonly #normalCapacity: number;
  readonly #closed: ClosedPlaces;
  readonly #abort = new AbortController();
  readonly #idle: (() => void)[] = [];
  #serial: number;
  #sending = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: EventRecorderOptions) {
    const { clock, burst = 100, perSecond = 5, capacity = 1_000, normalCapacity = 10, random = Math.random } = options;
    this.#options = options;
    this.#perSecond = perSecond;
    this.#normalCapacity = normalCapacity;
    this.#queue = new EventQueue(capacity, burst + normalCapacity);
    this.#bucket = new TokenBucket({ clock, burst, perSecond });
    this.#spam = new SpamFilter({ clock, ...options.spam });
    this.#closed = new ClosedPlaces(clock);
    // A random start, so that two processes do not make the same name in the same millisecond.
    this.#serial = Math.floor(random() * 0x100_0000);
  }

  /** Events that wait to be sent. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Returns at once and never throws; the Event is sent later, if at all, with the time of this call. */
  record(happening: Happening): void {
    const { clock, onFate } = this.#options;
    if (this.#stopped) {
      onFate('stopped');
    } else if (this.#closed.isClosed(placeOf(happening.regarding))) {
      // It takes nobody's place in the queue.
      onFate('refused');
    } else if (!this.#spam.allows(happening.regarding.uid)) {
      onFate('spam');
    } else {
      const evicted = this.#queue.push({ happening, at: clock.now() }, this.#bucket.count() + this.#normalCapacity);
      for (let count = 0; count < evicted; count += 1) onFate('overflow');
      this.#pump();
    }
  }

  /** Takes no more, sends what it can within `deadlineMs` milliseconds (at its usual pace), drops the rest. Never rejects. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    if (this.#queue.size > 0 || this.#sending > 0) {
      const over = new AbortController();
      const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
      await Promise.race([idle, this.#options.clock.sleep(deadlineMs, over.signal)]);
      over.abort();
    }
    this.#timer?.cancel();
    while (this.#queue.shift() !== undefined) {
      this.#options.onFate('stopped');
    }
    this.#abort.abort(new Error('the event recorder has stopped'));
  }

  #pump(): void {
    const { clock, reporter, concurrency = 2 } = this.#options;
    while (this.#queue.size > 0 && this.#sending < concurrency && this.#timer === undefined) {
      if (this.#dropRefused()) continue;
      if (!this.#bucket.tryTake()) {
        // Unref'ed: an Event is no reason to keep a process alive.
        const together = Math.max(1, Math.min(this.#queue.size, (this.#perSecond * GATHER_MS) / 1_000));
        this.#timer = clock.setTimer(this.#bucket.waitMs(together), () => this.#resume(), { unref: true });
        return;
      }
      const next = this.#queue.shift();
      if (next !== undefined) {
        void this.#send(makeEvent(next.happening, reporter, next.at, this.#serial++));
      }
    }
    if (this.#queue.size === 0 && this.#sending === 0) {
      for (const idle of this.#idle.splice(0)) {
        idle();
      }
    }
  }

  /** Whether the next had nowhere to go: it costs no token. */
  #dropRefused(): boolean {
    const next = this.#queue.peek();
    if (next === undefined || !this.#closed.isClosed(placeOf(next.happening.regarding))) return false;
    this.#queue.shift();
    this.#options.onFate('refused');
    return true;
  }

  #resume(): void {
    this.#timer = undefined;
    this.#pump();
  }

  async #send(event: Event): Promise<void> {
    this.#sending += 1;
    try {
      await this.#attempt(event);
      this.#options.onFate('sent');
    } catch (error) {
      if (this.#abort.signal.aborted) {
        this.#options.onFate('stopped');
      } else if (this.#options.isRefusal(error)) {
        this.#closed.close(event.metadata.namespace);
        this.#options.onFate('refused');
      } else {
        this.#options.onFate('failed', error);
      }
    }
    this.#sending -= 1;
    this.#pump();
  }

  /** Twice at most. The pause holds one of the few places for requests, which slows us down while the server is ill. */
  async #attempt(event: Event): Promise<void> {
    const { clock, sink, isRefusal, retryMs = 1_000 } = this.#options;
    const { signal } = this.#abort;
    try {
      await sink.create(event, signal);
    } catch (error) {
      if (isRefusal(error) || signal.aborted) {
        throw error;
      }
      await clock.sleep(retryMs, signal);
      signal.throwIfAborted();
      await sink.create(event, signal);
    }
  }
}
