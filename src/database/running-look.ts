/** The look at what runs: what moved on there, what has come, and what has left. */
import type { Clock } from '../engine/clock.ts';
import type { Watched } from './change-feed.ts';
import type { Comparison } from './comparison.ts';
import type { FeedSource } from './feed-source.ts';
import { fingerprintStart } from './fingerprint.ts';
import type { KeyLook } from './key-look.ts';

/** Rows of one page: some 2 ms of the event loop. */
const ROWS = 2_000;
/** Ids of one page: the same. */
const IDS = 10_000;

export interface RunningLookParts {
  readonly source: Pick<FeedSource, 'scanRunning' | 'runningIds'>;
  readonly watched: Pick<Watched, 'running' | 'fingerprintOf'>;
  readonly comparison: Comparison;
  readonly keys: KeyLook;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/**
 * Two walks along `idx_status`. The first reads each running row, and returns those with a recent stamp: what moved on. The second
 * reads the index alone, and returns all their ids: a job that is among them and was not, or was and is not, is looked at by its key.
 * So what starts and ends is seen whatever its stamp says; only a step of a row that goes on running needs a stamp that is true.
 *
 * With R running rows in the table, a look costs the server some 6 µs · R and sends 41 bytes · R; 1,000 of them: 7 ms, 41 KB.
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
    const { watched, comparison, keys } = this.#parts;
    await this.#lookAtSteps(seconds, signal);
    const { ids, suspects } = await this.#lookAtIds(signal);
    if (signal.aborted) return;
    for (const jobId of watched.running()) if (!ids.has(jobId) && comparison.isUnfinished(jobId)) suspects.push(jobId);
    await keys.lookAtSuspects(suspects, signal);
  }

  async #lookAtSteps(seconds: number | undefined, signal: AbortSignal): Promise<void> {
    const { source, comparison, clock } = this.#parts;
    let after: string | undefined = '';
    while (after !== undefined && !signal.aborted) {
      const { rows, next } = await source.scanRunning(seconds, after, ROWS);
      const now = clock.monotonic();
      for (const row of rows) comparison.head(row, now);
      after = next;
    }
  }

  async #lookAtIds(signal: AbortSignal): Promise<{ readonly ids: ReadonlySet<string>; readonly suspects: string[] }> {
    const { source, watched } = this.#parts;
    const ids = new Set<string>();
    const suspects: string[] = [];
    let after: string | undefined = '';
    while (after !== undefined && !signal.aborted) {
      const page: readonly string[] = await source.runningIds(after, IDS);
      for (const jobId of page) {
        ids.add(jobId);
        const known = watched.fingerprintOf(jobId);
        if (known !== undefined && fingerprintStart(known).status !== 'running') suspects.push(jobId);
      }
      after = page.length < IDS ? undefined : page.at(-1);
    }
    return { ids, suspects };
  }
}
