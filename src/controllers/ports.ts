/** What the controllers need from the two sides they stand between; implemented in kubernetes/ and database/. */
import type { FreshRead } from '../database/fresh-rows.ts';
import type { JobEvent } from '../job/action.ts';
import type { JobResource } from '../job/resource.ts';
import type { NewRow, RowRead } from '../job/row.ts';
import type { StatusDraft } from '../job/status.ts';
import type { TtlStamp } from '../job/ttl.ts';

/** What the API server answered to a write: the metadata that the next write rests on. */
export interface Written {
  readonly resourceVersion: string;
  readonly generation: number;
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
}

/** The API server's side of one Job. Writes carry the resource version and fail with API_CONFLICT on another. */
export interface Jobs {
  /** Live read; null when there is no such object. */
  get(namespace: string, name: string): Promise<JobResource | null>;
  /** Live list of all Jobs of the namespace with this key, whatever their labels. */
  withKey(namespace: string, idempotencyKey: string): Promise<readonly JobResource[]>;
  writeStatus(job: JobResource, status: StatusDraft): Promise<Written>;
  replaceFinalizers(job: JobResource, finalizers: readonly string[]): Promise<Written>;
  /** DELETE with the UID as precondition; an object that is already gone is no error. */
  remove(job: JobResource): Promise<void>;
}

/** The database's side of one row; every statement is guarded, so that twice or late does no harm. */
export interface Rows {
  /** A SELECT on the primary that starts after the call. */
  read(jobId: string): Promise<RowRead>;
  /** The same with the digest of the payload, or, where there is no row, with the tombstone. */
  readKeyed(jobId: string): Promise<RowRead>;
  /** @throws ROW_REFUSED when the database will not take this row */
  insert(row: NewRow): Promise<void>;
  /** Only an unfinished row. */
  cancel(jobId: string): Promise<void>;
  stampTtl(jobId: string, stamp: TtlStamp): Promise<void>;
  /** Only a row that is old enough. */
  remove(jobId: string): Promise<void>;
}

/**
 * What the change feed read of a row when it found it changed, once, and only if it asked when the Job's version was known already (`JobEntry.knownAt`);
 * otherwise undefined.
 */
export type FreshRow = (jobId: string, knownAt: number) => FreshRead | undefined;

/** Whether one of the two sides answers, as its prober sees it. */
export interface Availability {
  isDown(): boolean;
}

export interface DatabaseTime {
  /** Lower bound of the database's clock (Unix seconds) at a monotonic instant of ours, or undefined before the first read. */
  at(monotonicMs: number): number | undefined;
}

/** Tells a Kubernetes Event about a Job; never fails. */
export interface Events {
  tell(job: JobResource, event: JobEvent): void;
}

