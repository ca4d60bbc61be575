/** How much of payloads is held in memory, whatever is applied: those of Jobs that wait for their row are by far the largest part of them. */
import type { JobResource } from '../job/resource.ts';

/** Characters, of one byte each or, where the text has others than Latin ones, two: a thousand Jobs of 32 KB, or 20,000 of 1.6 KB. */
const BUDGET = 32 * 1024 * 1024;

/**
 * A Job that comes when the budget is spent is held without its payload. When its turn comes it is read again: one GET more, at a
 * moment when thousands wait. What a Job holds already, from such a look, it keeps until its row exists.
 */
export class PayloadBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number = BUDGET) {
    this.#limit = limit;
  }

  /** The Job as it may be held. @param before as it is held now */
  admit(job: JobResource, before: JobResource | undefined): JobResource {
    if (job.payload === undefined || before?.payload !== undefined || this.#held + job.payload.length <= this.#limit) return job;
    return { ...job, payload: undefined };
  }

  hold({ payload }: JobResource): void {
    this.#held += payload?.length ?? 0;
  }

  release({ payload }: JobResource): void {
    this.#held -= payload?.length ?? 0;
  }
}
