/** What a decision rests on besides the resource: the row as far as it is known, and the circumstances. */
import type { Refusal } from './identity.ts';
import type { JobRow } from './row.ts';

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
  | { readonly kind: 'present'; readonly now: number; readonly row: JobRow }
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
  /** The database answers reads but refuses writes. */
  readonly readOnly: boolean;
  /** The API server refused this object with its result in it. */
  readonly omitResult: boolean;
}

/** A row counts as vanished after two reads of the primary this far apart (seconds). */
export const VANISHED_AFTER_SECONDS = 10;
