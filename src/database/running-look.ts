/** The look at what runs: what moved on there, what has come, and what has left. */
import type { Clock } from '../engine/clock.ts';
import type { Watched } from './change-feed.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import { fingerprintStart } from './fingerprint.ts';

/** Rows of one page: some 2 ms of the event loop. */
const ROWS = 2_000;

export interface RunningLookParts {
  readonly source: Pick<FeedSource, 'scanRunning'>;
  readonly watched: Pick<Watched, 'running' | 'fingerprintOf'>;
  readonly comparison: Comparison;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * One walk along `idx_status`, which reads each running row and returns the head of those with a recent stamp, which is what moved on, and the id of all:
 * a job that is among them and was not has started, one that was and is not has most likely finished. So what starts and ends is seen whatever its
 * stamp says; only a step of a row that goes on running needs a stamp that is true.
 *
 * With R running rows in the table, a look costs the server some 6 µs · R and sends 46 bytes · R; 1,000 of them: 6 ms, 46 KB.
 */
export class RunningLook {
  readonly #parts: RunningLookParts;

  constructor(parts: RunningLookParts) {
    this.#parts = parts;
  }

  /**
   * @param seconds how far back a stamp is recent; undefined: all are
   * @throws OperatorError
   */
  async look(seconds: number | undefined, signal: AbortSignal): Promise<void> {
    const { source, watched, comparison, clock } = this.#parts;
    const ids = new Set<string>();
    let after: string | undefined = '';
    while (after !== undefined && !signal.aborted) {
      const page: Awaited<ReturnType<FeedSource['scanRunning']>> = await source.scanRunning(seconds, after, ROWS);
      const now = clock.monotonic();
      for (const row of page.recent) comparison.head(row, now);
      for (const jobId of page.ids) {
        ids.add(jobId);
        if (this.#isNotKnownToRun(jobId)) comparison.place(jobId, 'started', now);
      }
      after = page.next;
    }
    if (signal.aborted) return;
    const now = clock.monotonic();
    for (const jobId of watched.running()) if (!ids.has(jobId) && comparison.isUnfinished(jobId)) comparison.place(jobId, 'left', now);
  }

  #isNotKnownToRun(jobId: string): boolean {
    const known = this.#parts.watched.fingerprintOf(jobId);
    return known !== undefined && fingerprintStart(known).status !== 'running';
  }
}
