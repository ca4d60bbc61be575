/** Many short-lived listeners on one long-lived signal. */

const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` when the signal aborts; at once when it has. The signal itself gets one listener for all of them: its own list is walked
 * through at each addition and each removal, and every request listens to the same signal.
 *
 * @returns ends it
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const all = listeners.get(signal) ?? listenTo(signal);
  // Its own function each time, so that the same listener given twice counts twice.
  const entry = (): void => listener();
  all.add(entry);
  return () => all.delete(entry);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  listeners.set(signal, all);
  signal.addEventListener(
    'abort',
    () => {
      for (const listener of all) listener();
    },
    { once: true },
  );
  return all;
}
