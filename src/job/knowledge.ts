/** What a decision rests on besides the resource: the row as far as it is known, and the circumstances. */
import type { KeySupport } from './identity.ts';
import type { Refusal } from './refusal.ts';
import type { JobRow, Tombstone } from './row.ts';

/** What is known of the row, at most one reconcile old. */
export type RowKnowledge =
  /** Nothing was read yet. `databaseDown`: because the database does not answer. */
  | { readonly kind: 'unread'; readonly databaseDown: boolean }
  /** Read at most `INSERT_DEADLINE_SECONDS` ago. */
  | {
      readonly kind: 'absent';
      /** The database's clock at the read, Unix seconds. */
      readonly now: number;
      /** Seconds since the first read that found nothing. */
      readonly forSeconds: number;
      /** This process removed it, on purpose. */
      readonly removedByUs: boolean;
      /** So many rows vanished at once that the database itself is in doubt. */
      readonly massLoss: boolean;
    }
  /** `payloadDigest` where it was read: before a keyed Job is accepted. */
  | { readonly kind: 'present'; readonly now: number; readonly row: JobRow; readonly payloadDigest?: string | undefined }
  /** The row of a keyed Job was removed, and this is what is left of it. */
  | { readonly kind: 'tombstone'; readonly now: number; readonly tombstone: Tombstone }
  /** The database will not take the row. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface Circumstances {
  /** Wall clock, milliseconds since the epoch: for `lastTransitionTime` only. */
  readonly now: number;
  readonly defaultTtlSeconds: number | undefined;
  /** Least time between two writes that carry nothing but progress. */
  readonly progressIntervalMs: number;
  readonly msSinceStatusWrite: number;
  /** After the row was found absent, and so recently that an INSERT may rest on it, the resource was seen alive. */
  readonly seenLive: boolean;
  /** Since this process has known the Job, its status has named a row. */
  readonly hadRow: boolean;
  readonly keys: KeySupport;
  /** Name of the other live resource that holds this Job's key, as of the look that `seenLive` speaks of. */
  readonly keyHolder: string | undefined;
  /** The database answers reads but refuses writes. */
  readonly readOnly: boolean;
  /** The API server refused this object with its result in it. */
  readonly omitResult: boolean;
}

/** A row counts as vanished after two reads of the primary this far apart (seconds). */
export const VANISHED_AFTER_SECONDS = 10;
