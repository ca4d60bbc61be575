/**
 * `promise`, or a rejection with the signal's reason as soon as it aborts, even if the promise never settles.
 *
 * Unlike `Promise.race` with one long-lived promise it leaves nothing behind on the signal, so it can be called for each
 * event of a watch that lives for minutes.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const settle = (): void => signal.removeEventListener('abort', abort);
    if (signal.aborted) {
      abort();
    } else {
      signal.addEventListener('abort', abort);
    }
    promise.then(resolve, reject).finally(settle);
  });
}

/** Resolves when the signal aborts; never rejects. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
