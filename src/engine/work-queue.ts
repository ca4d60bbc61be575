/** Keys that want to be looked at: each once, the urgent first, none by two workers at the same time. */
import { ItemBackoff } from './backoff.ts';
import type { Clock, Timer } from './clock.ts';
import { IndexedHeap } from './indexed-heap.ts';

/** Initial list and relist: whatever happens now comes first (controller-runtime's handler.LowPriority). */
export const LOW_PRIORITY = -100;

export interface AddOptions {
  /** Higher comes first (default 0). A waiting key keeps the highest it was given. */
  readonly priority?: number;
  /** Not before this many milliseconds from now (default 0). A waiting key keeps the earliest time it was given. */
  readonly afterMs?: number;
}

export interface WorkItem<K> {
  readonly key: K;
  readonly priority: number;
}

/** For client-go's `workqueue_*` metrics; what is a level is read from the queue instead. Must not throw. */
export interface WorkQueueObserver {
  /** `workqueue_adds_total`: a key became due; adding it again while it waits does not count. */
  onAdd?(): void;
  /** `workqueue_queue_duration_seconds`: from being due to being taken. */
  onGet?(queueSeconds: number): void;
  /** `workqueue_work_duration_seconds`. */
  onDone?(workSeconds: number): void;
  /** `workqueue_retries_total`: an add with a delay, as client-go counts them. */
  onRetry?(): void;
}

export interface WorkQueueOptions<K> {
  readonly clock: Clock;
  readonly backoff?: ItemBackoff<K>;
  readonly observer?: WorkQueueObserver;
}

interface Entry<K> {
  readonly key: K;
  priority: number;
  /**
   * - `delayed`: waits for its time;
   * - `held`: due, but its key is being worked on;
   * - `ready`: waits for a worker.
   */
  place: 'delayed' | 'held' | 'ready';
  dueAt: number;
  /** When it became due; monotonic milliseconds. */
  queuedAt: number;
  /** Order of becoming ready: FIFO within one priority. */
  order: number;
  heapIndex: number;
}

/**
 * client-go's work queue (dirty and processing sets) with controller-runtime's priorities (pkg/controller/priorityqueue):
 * - a key waits at most once; adding it again raises its priority to the highest and brings its time to the earliest asked for;
 * - a key that is added while it is worked on waits until that is `done`, so one key never has two workers;
 * - higher priorities first, first in first out among equals; a lifted key keeps its age.
 *
 * Every operation is O(log n); delays share one heap and one timer. It belongs to no term of leadership: what is added
 * while nobody takes is kept for the next who does.
 */
export class WorkQueue<K extends string> {
  readonly #clock: Clock;
  readonly #backoff: ItemBackoff<K>;
  readonly #observer: WorkQueueObserver;
  readonly #entries = new Map<K, Entry<K>>();
  readonly #ready = new IndexedHeap<Entry<K>>((a, b) => a.priority > b.priority || (a.priority === b.priority && a.order < b.order));
  readonly #delayed = new IndexedHeap<Entry<K>>((a, b) => a.dueAt < b.dueAt);
  /** Key to the monotonic time at which it was taken. */
  readonly #processing = new Map<K, number>();
  readonly #takers = new Set<(item: WorkItem<K> | undefined) => void>();
  readonly #drainers: (() => void)[] = [];
  #held = 0;
  #nextOrder = 0;
  #timer: { readonly at: number; readonly timer: Timer } | undefined;
  #shutDown = false;

  constructor(options: WorkQueueOptions<K>) {
    this.#clock = options.clock;
    this.#backoff = options.backoff ?? new ItemBackoff<K>();
    this.#observer = options.observer ?? {};
  }

  /** Keys that are due and not taken (`workqueue_depth`); those that wait for their time do not count, as in client-go. */
  get depth(): number {
    return this.#ready.size + this.#held;
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Keys that are being worked on. */
  get processing(): number {
    return this.#processing.size;
  }

  /** `workqueue_unfinished_work_seconds` (sum) and `workqueue_longest_running_processor_seconds`, both in seconds. */
  unfinished(): { readonly sumSeconds: number; readonly longestSeconds: number } {
    const now = this.#clock.monotonic();
    let sum = 0;
    let longest = 0;
    for (const startedAt of this.#processing.values()) {
      sum += now - startedAt;
      longest = Math.max(longest, now - startedAt);
    }
    return { sumSeconds: sum / 1000, longestSeconds: longest / 1000 };
  }

  /** Ignored after `shutDown`. Throws a RangeError when priority or delay is not a number. */
  add(key: K, options: AddOptions = {}): void {
    const { priority = 0, afterMs = 0 } = options;
    if (Number.isNaN(priority) || Number.isNaN(afterMs)) {
      throw new RangeError('priority and afterMs must be numbers');
    }
    if (this.#shutDown) {
      return;
    }
    if (afterMs > 0) {
      this.#observer.onRetry?.();
    }
    const dueAt = this.#clock.monotonic() + Math.max(0, afterMs);
    const known = this.#entries.get(key);
    if (known === undefined) {
      const entry: Entry<K> = { key, priority, place: 'delayed', dueAt, queuedAt: 0, order: 0, heapIndex: -1 };
      this.#entries.set(key, entry);
      this.#schedule(entry, afterMs > 0);
      return;
    }
    if (priority > known.priority) {
      known.priority = priority;
      if (known.place === 'ready') {
        this.#ready.update(known);
      }
    }
    if (known.place === 'delayed' && dueAt < known.dueAt) {
      this.#delayed.remove(known);
      known.dueAt = dueAt;
      this.#schedule(known, afterMs > 0);
    }
  }

  /** Adds the key after its back-off, which grows with each call until `forget`. */
  addRateLimited(key: K, priority = 0): void {
    if (!this.#shutDown) {
      this.add(key, { priority, afterMs: this.#backoff.next(key) });
    }
  }

  /** How often the key was added rate-limited since it was last forgotten. */
  failures(key: K): number {
    return this.#backoff.failures(key);
  }

  /** Ends the key's back-off; says nothing about its place in the queue. */
  forget(key: K): void {
    this.#backoff.forget(key);
  }

  /**
   * The most urgent key, as soon as there is one; it must be given back by `done`. Resolves with undefined once `signal` has
   * aborted or the queue was shut down, even if keys are waiting; never rejects.
   */
  get(signal?: AbortSignal): Promise<WorkItem<K> | undefined> {
    if (this.#shutDown || signal?.aborted === true) {
      return Promise.resolve(undefined);
    }
    const entry = this.#ready.pop();
    if (entry !== undefined) {
      return Promise.resolve(this.#take(entry));
    }
    return new Promise((resolve) => {
      const give = (item: WorkItem<K> | undefined): void => {
        signal?.removeEventListener('abort', abort);
        this.#takers.delete(give);
        resolve(item);
      };
      const abort = (): void => give(undefined);
      this.#takers.add(give);
      signal?.addEventListener('abort', abort);
    });
  }

  /** The work on `key` has ended. Throws when nobody had taken it: two workers would follow. */
  done(key: K): void {
    const startedAt = this.#processing.get(key);
    if (startedAt === undefined) {
      throw new Error('done() for a key that is not being worked on');
    }
    this.#processing.delete(key);
    this.#observer.onDone?.((this.#clock.monotonic() - startedAt) / 1000);
    const entry = this.#entries.get(key);
    if (entry?.place === 'held') {
      this.#held -= 1;
      this.#offer(entry);
    }
    if (this.#processing.size === 0) {
      for (const drained of this.#drainers.splice(0)) {
        drained();
      }
    }
  }

  /** For good: waiting keys are dropped, later adds ignored, everybody who waits in `get` gets undefined. */
  shutDown(): void {
    this.#shutDown = true;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    this.#entries.clear();
    this.#ready.clear();
    this.#delayed.clear();
    this.#held = 0;
    for (const give of this.#takers) {
      give(undefined);
    }
  }

  /** `shutDown`, then resolves when the last taken key is done. Has no deadline of its own. */
  drain(): Promise<void> {
    this.shutDown();
    return this.#processing.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#drainers.push(resolve));
  }

  #schedule(entry: Entry<K>, wait: boolean): void {
    if (wait) {
      this.#delayed.push(entry);
      this.#arm();
    } else {
      this.#becomeDue(entry);
    }
  }

  #becomeDue(entry: Entry<K>): void {
    entry.queuedAt = this.#clock.monotonic();
    this.#observer.onAdd?.();
    if (this.#processing.has(entry.key)) {
      entry.place = 'held';
      this.#held += 1;
    } else {
      this.#offer(entry);
    }
  }

  #offer(entry: Entry<K>): void {
    entry.place = 'ready';
    entry.order = this.#nextOrder++;
    const [taker] = this.#takers;
    // Whoever waits found nothing ready, so this is the only candidate.
    if (taker === undefined) {
      this.#ready.push(entry);
    } else {
      taker(this.#take(entry));
    }
  }

  #take(entry: Entry<K>): WorkItem<K> {
    const now = this.#clock.monotonic();
    this.#entries.delete(entry.key);
    this.#processing.set(entry.key, now);
    this.#observer.onGet?.((now - entry.queuedAt) / 1000);
    return { key: entry.key, priority: entry.priority };
  }

  /** Sets the one timer to the earliest time. A timer that turns out too early only costs a look. */
  #arm(): void {
    const first = this.#delayed.peek();
    if (first === undefined || (this.#timer !== undefined && this.#timer.at <= first.dueAt)) {
      return;
    }
    this.#timer?.timer.cancel();
    const timer = this.#clock.setTimer(Math.max(0, first.dueAt - this.#clock.monotonic()), () => this.#wake());
    this.#timer = { at: first.dueAt, timer };
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (let first = this.#delayed.peek(); first !== undefined && first.dueAt <= now; first = this.#delayed.peek()) {
      this.#delayed.pop();
      this.#becomeDue(first);
    }
    this.#arm();
  }
}
