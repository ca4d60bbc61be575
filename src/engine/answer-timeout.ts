/** How long an answer is waited for, by a process that may have slept meanwhile. */

/**
 * Calls `onLate` after `ms` milliseconds, unless what it returns is called before. Sockets are read once more first (the event loop does that between its
 * timers and its immediates): a process that was frozen, or busy for long, finds its timers due before it has seen which answers came in time.
 */
export function answerTimeout(ms: number, onLate: () => void): () => void {
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    lastLook = setImmediate(onLate);
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(lastLook);
  };
}
