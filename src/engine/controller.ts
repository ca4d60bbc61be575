/** Workers that take keys from a queue and reconcile them: the loop of controller-runtime's pkg/internal/controller. */
import { randomUUID } from 'node:crypto';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Clock } from './clock.ts';
import { DeadlineExceeded } from './deadline.ts';
import { ParkingLot } from './parking-lot.ts';
import type { WorkItem, WorkQueue } from './work-queue.ts';

/**
 * What a reconcile that did not throw asks for:
 * - `done`: nothing more until the key is added again;
 * - `requeue`: look again in `afterMs` milliseconds; with 0, after the key's back-off, so that no hot loop can be asked for.
 */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'requeue'; readonly afterMs: number };

/**
 * What follows an error:
 * - `retry`: again after the key's back-off;
 * - `after`: again in `afterMs` milliseconds, as the other side asked; with 0 the same as `retry`;
 * - `park`: the other side is away; again after `unpark`;
 * - `terminal`: not again until the key is added.
 */
export type ErrorVerdict =
  | { readonly kind: 'retry' }
  | { readonly kind: 'after'; readonly afterMs: number }
  | { readonly kind: 'park' }
  | { readonly kind: 'terminal' };

export interface ReconcileContext {
  /** One per attempt, for log lines (controller-runtime's reconcileID). */
  readonly reconcileId: string;
  readonly priority: number;
  /** Aborts with a DeadlineExceeded after the time-out, and with a {@link ControllerStopped} when a stop can wait no longer. */
  readonly signal: AbortSignal;
}

/** `failures`: attempts of this key that failed with `retry` before this one. `seconds`: how long this one took. */
export interface ErrorContext extends ReconcileContext {
  readonly failures: number;
  readonly seconds: number;
}

/** The label `result` of `controller_runtime_reconcile_total`. `requeue`: with back-off; whatever throws is an `error`. */
export const RECONCILE_RESULTS = ['success', 'error', 'requeue', 'requeue_after'] as const;
export type ReconcileResult = (typeof RECONCILE_RESULTS)[number];

export interface ControllerObserver {
  onReconciled?(result: ReconcileResult, seconds: number): void;
}

export interface ControllerOptions<K extends string> {
  readonly queue: WorkQueue<K>;
  readonly clock: Clock;
  /** Reconciles at the same time, at most. */
  readonly workers: number;
  /** Milliseconds after which a reconcile's signal aborts. One that does not listen keeps its worker, and shows in `oldestStart`. */
  readonly timeoutMs: number;
  readonly reconcile: (key: K, context: ReconcileContext) => Promise<Outcome>;
  /** The policy, and the place to log: it sees every error a reconcile throws, save those of a stop. */
  readonly onError: (error: unknown, key: K, context: ErrorContext) => ErrorVerdict;
  /** `onError` or the observer threw: a bug. The key is retried, the worker goes on. */
  readonly onDefect: (defect: unknown) => void;
  readonly observer?: ControllerObserver;
  /** Milliseconds between two looks whether parked keys can go on, besides `unpark` (default 15,000). */
  readonly probeMs?: number;
  readonly newReconcileId?: () => string;
}

export interface StopOptions {
  /**
   * Milliseconds after which the signals of the reconciles under way abort; 0 for a lost lease. Default: four fifths of the
   * deadline, so that they have the rest to let go.
   */
  readonly abortAfterMs?: number;
}

/** The reason of a reconcile's signal when the controller stops. */
export class ControllerStopped extends Error {
  override readonly name = 'ControllerStopped';

  constructor() {
    super('the controller is stopping');
  }
}

interface Run<K> {
  readonly key: K;
  readonly startedAt: number;
  readonly abort: AbortController;
}

/** Reconciles by one worker without waiting for I/O before it lets timers and sockets have their turn. */
const TURNS_BETWEEN_YIELDS = 32;

/**
 * Can be started again after it has stopped, with the signal of the next term; queue, back-off and parked keys are kept,
 * and keys that a stop interrupted wait in the queue with their priority.
 */
export class Controller<K extends string> {
  readonly #options: ControllerOptions<K>;
  readonly #lot: ParkingLot<K>;
  readonly #newReconcileId: () => string;
  readonly #runs = new Set<Run<K>>();
  #term: { readonly halt: AbortController; readonly ended: Promise<void> } | undefined;
  #idle = 0;
  #lastTurn = 0;

  constructor(options: ControllerOptions<K>) {
    if (!Number.isInteger(options.workers) || options.workers < 1) {
      throw new RangeError('a controller needs one worker or more');
    }
    this.#options = options;
    this.#newReconcileId = options.newReconcileId ?? randomUUID;
    this.#lot = new ParkingLot({
      clock: options.clock,
      probeMs: options.probeMs ?? 15_000,
      release: (key, priority) => options.queue.add(key, { priority }),
    });
  }

  /** `controller_runtime_active_workers`. */
  get activeWorkers(): number {
    return this.#runs.size;
  }

  /** Keys that wait for the other side to return. */
  get parked(): number {
    return this.#lot.size;
  }

  /** Monotonic milliseconds at which the oldest reconcile under way began; undefined when there is none. */
  oldestStart(): number | undefined {
    const [oldest] = this.#runs;
    return oldest?.startedAt;
  }

  /**
   * Monotonic milliseconds of the last moment at which a worker was free: now, unless all hang. For a liveness probe, which
   * should allow a multiple of the reconcile's time-out.
   */
  lastTurn(): number {
    return this.#term === undefined || this.#idle > 0 ? this.#options.clock.monotonic() : this.#lastTurn;
  }

  /** Begins to take keys until `signal` aborts or `stop` is called. Throws when an earlier term has not ended yet. */
  start(signal: AbortSignal): void {
    if (this.#term !== undefined) {
      throw new Error(`the controller is still running; ${this.#runs.size} reconciles are under way`);
    }
    const halt = new AbortController();
    const follow = (): void => halt.abort(signal.reason);
    if (signal.aborted) {
      follow();
    } else {
      signal.addEventListener('abort', follow);
    }
    this.#lastTurn = this.#options.clock.monotonic();
    this.#term = { halt, ended: this.#serve(halt.signal, () => signal.removeEventListener('abort', follow)) };
  }

  /**
   * Takes no more keys and waits up to `deadlineMs` milliseconds for the reconciles under way. Resolves with the keys whose
   * reconcile has not ended even so, normally none; they stay taken, and `start` refuses until they end. Never rejects.
   */
  async stop(deadlineMs: number, options: StopOptions = {}): Promise<K[]> {
    const term = this.#term;
    if (term === undefined) {
      return [];
    }
    const { clock } = this.#options;
    const over = new AbortController();
    term.halt.abort(new ControllerStopped());
    const abortion = clock.setTimer(options.abortAfterMs ?? deadlineMs * 0.8, () => this.#abortRuns());
    await Promise.race([term.ended, clock.sleep(deadlineMs, over.signal)]);
    over.abort();
    abortion.cancel();
    return [...this.#runs].map((run) => run.key);
  }

  /** The other side is back: all parked keys are due, the urgent first. */
  unpark(): void {
    this.#lot.unpark();
  }

  #abortRuns(): void {
    for (const run of this.#runs) {
      run.abort.abort(new ControllerStopped());
    }
  }

  async #serve(halt: AbortSignal, release: () => void): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.workers }, () => this.#work(halt)));
    release();
    this.#term = undefined;
  }

  async #work(halt: AbortSignal): Promise<void> {
    for (let turn = 1; ; turn += 1) {
      this.#idle += 1;
      const item = await this.#options.queue.get(halt);
      this.#idle -= 1;
      if (item === undefined) {
        return;
      }
      this.#lastTurn = this.#options.clock.monotonic();
      await this.#process(item);
      if (turn % TURNS_BETWEEN_YIELDS === 0) {
        await yieldToEventLoop();
      }
    }
  }

  async #process(item: WorkItem<K>): Promise<void> {
    const { clock, queue, timeoutMs } = this.#options;
    const { key, priority } = item;
    const abort = new AbortController();
    const run: Run<K> = { key, startedAt: clock.monotonic(), abort };
    const timer = clock.setTimer(timeoutMs, () => abort.abort(new DeadlineExceeded('a reconcile', timeoutMs)));
    const context: ReconcileContext = { reconcileId: this.#newReconcileId(), priority, signal: abort.signal };
    const { round } = this.#lot;
    this.#lot.leave(key);
    this.#runs.add(run);
    let result: ReconcileResult;
    try {
      result = this.#settle(item, await this.#options.reconcile(key, context));
    } catch (error) {
      result = this.#fail(error, item, context, run, round);
    }
    timer.cancel();
    this.#runs.delete(run);
    queue.done(key);
    this.#guard(() => this.#options.observer?.onReconciled?.(result, (clock.monotonic() - run.startedAt) / 1000));
  }

  #settle({ key, priority }: WorkItem<K>, outcome: Outcome): ReconcileResult {
    const { queue } = this.#options;
    this.#lot.answered(key);
    if (outcome.kind === 'done') {
      queue.forget(key);
      return 'success';
    }
    // The priority is kept, as in controller-runtime (#3167): what was urgent still is.
    if (outcome.afterMs > 0) {
      queue.forget(key);
      queue.add(key, { priority, afterMs: outcome.afterMs });
      return 'requeue_after';
    }
    queue.addRateLimited(key, priority);
    return 'requeue';
  }

  #fail(error: unknown, { key, priority }: WorkItem<K>, context: ReconcileContext, run: Run<K>, round: number): ReconcileResult {
    const { clock, queue } = this.#options;
    if (context.signal.reason instanceof ControllerStopped) {
      // Nothing is known about this key but that we cut it short: the next term begins with it.
      queue.add(key, { priority });
      return 'error';
    }
    const seconds = (clock.monotonic() - run.startedAt) / 1000;
    const verdict = this.#guard(() => this.#options.onError(error, key, { ...context, failures: queue.failures(key), seconds })) ?? { kind: 'retry' };
    if (verdict.kind === 'park' && round === this.#lot.round) {
      queue.forget(key);
      this.#lot.park(key, priority);
      return 'error';
    }
    this.#lot.answered(key);
    switch (verdict.kind) {
      case 'terminal':
        queue.forget(key);
        break;
      case 'after':
        if (verdict.afterMs > 0) {
          queue.add(key, { priority, afterMs: verdict.afterMs });
        } else {
          queue.addRateLimited(key, priority);
        }
        break;
      case 'retry':
      case 'park': // The other side came back while this attempt was failing: `unpark` will not be called for it.
        queue.addRateLimited(key, priority);
        break;
    }
    return 'error';
  }

  #guard<R>(call: () => R): R | undefined {
    try {
      return call();
    } catch (defect) {
      this.#options.onDefect(defect);
      return undefined;
    }
  }
}
