/** Lines of one turn of the event loop in one write: a burst of Jobs ends several reconciles in a turn, and each write is a call of the system. */
import type { DestinationStream } from 'pino';

/** Beyond (UTF-16 units), lines do not wait for the turn to end. */
const MOST_WAITING = 65_536;

/**
 * No line outlives its turn, so that a process that is killed loses none that it had time to write; at an exit, what waits is written.
 *
 * @param output writes synchronously
 * @param onExit calls back at the process's end, whatever brings it about but a signal that cannot be caught
 */
export function turnOutput(output: DestinationStream, onExit: (flush: () => void) => void = (flush) => process.once('exit', flush)): DestinationStream {
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
    write(line) {
      waiting += line;
      if (waiting.length > MOST_WAITING) flush();
      if (isScheduled || waiting === '') return;
      isScheduled = true;
      setImmediate(flush);
    },
  };
}
