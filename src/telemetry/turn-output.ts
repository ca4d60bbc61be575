/** Lines of one turn of the event loop in one write: a burst of Jobs ends several reconciles in a turn, and each write is a call of the system. */
import type { DestinationStream } from 'pino';

/** Beyond (UTF-16 units), lines do not wait for the turn to end. */
const MOST_WAITING = 65_536;

/** `flushSync` is what pino calls after a fatal line. */
export type TurnOutput = DestinationStream & { flushSync(): void };

/**
 * No line outlives its turn; at an exit, and after a fatal line, what waits is written at once. A process that is killed, or that V8 aborts for want of memory,
 * loses the lines of that turn.
 *
 * @param output writes synchronously
 * @param onExit calls back when the process exits by itself
 */
export function turnOutput(output: DestinationStream, onExit: (flush: () => void) => void = (flush) => process.once('exit', flush)): TurnOutput {
  let waiting = '';
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    const lines = waiting;
    waiting = '';
    if (lines !== '') output.write(lines);
  };
  onExit(flush);
  return {
    flushSync: flush,
    write(line) {
      waiting += line;
      if (waiting.length > MOST_WAITING) flush();
      if (isScheduled || waiting === '') return;
      isScheduled = true;
      setImmediate(flush);
    },
  };
}
