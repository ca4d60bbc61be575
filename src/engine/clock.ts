/** Time as the engine sees it, passed in so that tests can turn the hands. */

export interface Timer {
  /** Harmless after the timer has fired. */
  cancel(): void;
}

export interface TimerOptions {
  /**
   * Do not keep the process alive for this timer alone (default false). Right for work that may be dropped, such as an
   * Event waiting for its token; wrong for a back-off, which is often the only thing left while the other side is away.
   */
  readonly unref?: boolean;
}

export interface Clock {
  /** Milliseconds since some fixed moment; never jumps, never goes back. For every duration and deadline. */
  monotonic(): number;
  /** Wall clock, milliseconds since 1970. Only for time stamps that others read. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; never rejects, so look at the signal afterwards. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once, no sooner than in `ms` milliseconds. Throws a RangeError when `ms` is not a number. */
  setTimer(ms: number, fn: () => void, options?: TimerOptions): Timer;
}

/** Node stores a timer's delay in 32 bits and fires anything longer after 1 ms (documented for `setTimeout`). */
const LONGEST_NODE_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  now: () => Date.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  setTimer(ms, fn, options = {}) {
    if (Number.isNaN(ms)) {
      throw new RangeError('a timer needs a number of milliseconds');
    }
    const end = performance.now() + ms;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const left = end - performance.now();
      handle = left > LONGEST_NODE_TIMER_MS ? setTimeout(arm, LONGEST_NODE_TIMER_MS) : setTimeout(fn, Math.max(0, Math.ceil(left)));
      if (options.unref === true) {
        handle.unref();
      }
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** `Clock.sleep` for anything that has `setTimer`. */
export function sleepOn(clock: Pick<Clock, 'setTimer'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const finish = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = clock.setTimer(ms, finish);
    signal?.addEventListener('abort', finish);
  });
}
