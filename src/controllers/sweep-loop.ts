/** Runs the sweep again and again, and tells what it did. */
import type { Clock } from '../engine/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SweepReport, TtlSweeper } from './ttl-sweeper.ts';

export interface SweepObserver {
  swept(report: SweepReport): void;
  /** So many rows have gone, while the run goes on. */
  removed(count: number): void;
  /** The next run begins so many seconds from now, unless something stands in its way. */
  due(inSeconds: number): void;
}

export interface SweepLoopParts {
  readonly sweeper: TtlSweeper;
  /** Undefined when a run may begin, else why not yet: caches that are not synced, a database that is away. */
  readonly obstacle: () => string | undefined;
  readonly intervalSeconds: number;
  /** Forgets tombstones whose time has passed. @returns how many */
  readonly purge: () => Promise<number>;
  readonly clock: Clock;
  readonly observer: SweepObserver;
  readonly logger: Logger;
}

/** A run that goes on tells so this often (ms). */
const PROGRESS_MS = 10_000;

/** Up to this share of the interval is added, so that several operators on one table do not sweep in step. */
const JITTER = 0.1;

/** Resolves when `signal` aborts and the batch under way has ended. */
export async function runSweepLoop(parts: SweepLoopParts, signal: AbortSignal): Promise<void> {
  const { sweeper, obstacle, purge, intervalSeconds, clock, observer, logger } = parts;
  observer.due(intervalSeconds);
  for (;;) {
    await clock.sleep(intervalSeconds * 1000 * (1 + Math.random() * JITTER), signal);
    if (signal.aborted) return;
    const reason = obstacle();
    if (reason !== undefined) {
      logger.debug({ reason }, 'sweep left out');
      continue;
    }
    try {
      const startedAt = clock.monotonic();
      const report = await sweeper.sweep(signal, progressOf(parts));
      observer.swept(report);
      observer.due(intervalSeconds);
      const found = report.deleted + report.unfinished + report.notShown + report.foreignGrace > 0;
      const seconds = Math.round(clock.monotonic() - startedAt) / 1000;
      logger[found ? 'info' : 'debug']({ ...report, seconds }, 'sweep done');
      const purged = report.dryRun ? 0 : await purge();
      if (purged > 0) logger.info({ purged }, 'old tombstones forgotten');
    } catch (error) {
      logger.warn({ error }, 'sweep failed; the next run goes on where this one stopped');
    }
  }
}

function progressOf({ clock, observer, logger }: SweepLoopParts): (removed: number) => void {
  let toldAt = clock.monotonic();
  let deleted = 0;
  return (removed) => {
    observer.removed(removed);
    deleted += removed;
    const now = clock.monotonic();
    if (now - toldAt < PROGRESS_MS) return;
    toldAt = now;
    logger.info({ deleted }, 'sweeping');
  };
}
