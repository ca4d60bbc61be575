/** The rows of the jobs table, looked at again and again, and how those that went were seen to go. */

import type { JobRow, RowsRead } from './job-rows.ts';
import { observe } from './observation.ts';
import type { Observation } from './observation.ts';

/** The end of a row, by the database's clock. */
export interface Removal {
  /** As it was at the last look that found it. */
  readonly row: JobRow;
  /** Of the first look that did not, seconds since 1970: it was removed then or before. */
  readonly goneAt: number;
}

export class RowWatch {
  readonly observation: Observation;
  readonly #removals = new Map<string, Removal>();
  #last: RowsRead = { rows: new Map(), now: 0 };

  /** Looks from now on. */
  constructor(read: () => Promise<RowsRead>) {
    this.observation = observe('MySQL', read, (rows) => this.#see(rows));
  }

  /** As they were at the last look. */
  get last(): RowsRead {
    return this.#last;
  }

  /** How the row with this `job_id` went; undefined while it is there, or if it never was. */
  removal(jobId: string): Removal | undefined {
    return this.#removals.get(jobId);
  }

  #see(read: RowsRead): void {
    for (const [jobId, row] of this.#last.rows) {
      if (!read.rows.has(jobId)) this.#removals.set(jobId, { row, goneAt: read.now });
    }
    this.#last = read;
  }
}
