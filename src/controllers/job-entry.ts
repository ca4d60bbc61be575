/** One Job and what this process remembers of it. */
import type { Refusal } from '../job/refusal.ts';
import type { JobResource } from '../job/resource.ts';

/** Times are monotonic milliseconds. */
export interface JobEntry {
  job: JobResource;
  /** `JobCache.moment` at which this version became known. */
  knownAt: number;
  /** Before the last live look (a GET, a finalizer write) was sent; an INSERT may rest on it for 10 s. */
  seenLiveAt: number;
  lastStatusWriteAt: number;
  /** Its status has named a row at some time. */
  hadRow: boolean;
  /** Fingerprint of the row that was last reconciled: the feed reports rows that differ from it. Set it by `JobCache.handled`. */
  handledFingerprint: string | undefined;
  /** The feed found the row changed, and no status has been written since. */
  changeFoundAt: number | undefined;
  /** The row was first found absent. */
  absentSince: number | undefined;
  /** This process took the row away, by sweep or by deletion policy. */
  removedByUs: boolean;
  /** Before the last live look at all who share this Job's key was sent. */
  keySeenAt: number;
  /** Name of the resource that held the key then. */
  keyHolder: string | undefined;
  /** The database would not take the row. */
  refusal: (Refusal & { readonly at: number; readonly generation: number }) | undefined;
  /** The API server would not take the object with the result of the row of this fingerprint. */
  tooLargeFingerprint: string | undefined;
  /** A write of ours is under way. */
  isWriting: boolean;
  /** The newest version that came meanwhile: as a rule what is being written, told by the watch before the answer is here. */
  cameMeanwhile: JobResource | undefined;
}

/** Nothing is remembered of it yet. */
export function newEntry(job: JobResource, knownAt: number): JobEntry {
  return {
    job,
    knownAt,
    seenLiveAt: -Infinity,
    lastStatusWriteAt: -Infinity,
    hadRow: job.status.jobId !== undefined,
    handledFingerprint: undefined,
    changeFoundAt: undefined,
    absentSince: undefined,
    removedByUs: false,
    keySeenAt: -Infinity,
    keyHolder: undefined,
    refusal: undefined,
    tooLargeFingerprint: undefined,
    isWriting: false,
    cameMeanwhile: undefined,
  };
}
