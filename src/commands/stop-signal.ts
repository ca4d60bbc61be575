/** SIGTERM and SIGINT as an AbortSignal: the first asks for a clean stop, the second ends the process. */
import type { EventEmitter } from 'node:events';
import type { Logger } from '../telemetry/logger.ts';
import { EXIT } from './exit-code.ts';

/** A pod is killed 30 s after SIGTERM by default; the operator promises to be gone after 20 s, so a stop that hangs is cut before. */
const LAST_RESORT_MS = 19_000;

/** What is used of the process; passed in for tests. */
export interface StoppableProcess extends Pick<EventEmitter, 'on'> {
  exit(code: number): void;
}

export function stopSignal(logger: Logger, process: StoppableProcess, lastResortMs: number = LAST_RESORT_MS): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        logger.warn({ signal: name }, 'stopping at once');
        process.exit(EXIT.failed);
        return;
      }
      logger.info({ signal: name }, 'stopping: what is under way is finished first');
      stop.abort();
      const lastResort = setTimeout(() => {
        logger.fatal({ afterMs: lastResortMs }, 'stopping took too long; what is under way is cut off');
        process.exit(EXIT.failed);
      }, lastResortMs);
      lastResort.unref();
    });
  }
  return stop.signal;
}
