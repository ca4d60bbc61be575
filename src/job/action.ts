/** What a decision asks for: a closed list, carried out in order by the job controller. */
import type { StatusDraft } from './status.ts';
import type { TtlStamp } from './ttl.ts';

/** Why a status is written, as counted by `jobs_operator_status_writes_total{reason}`. */
export type WriteReason = 'accepted' | 'phase' | 'progress' | 'finished' | 'other';

/** A Kubernetes Event, told once its status write has succeeded. */
export interface JobEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  /** Never a payload, a result or a worker's text. */
  readonly note: string;
}

export type Action =
  /** Read the row from the primary, then decide again. */
  | { readonly do: 'readRow' }
  /** Read the resource from the API server, then decide again: an INSERT rests on it. An absence read before still counts. */
  | { readonly do: 'lookLive' }
  | { readonly do: 'addFinalizer' }
  /** INSERT, a no-op when the id is taken. `ttlSeconds` goes with `cancelled`. */
  | { readonly do: 'insertRow'; readonly status: 'pending' | 'cancelled'; readonly ttlSeconds: number | null }
  | { readonly do: 'cancelRow' }
  | { readonly do: 'stampTtl'; readonly stamp: TtlStamp }
  | { readonly do: 'removeRow' }
  | {
      readonly do: 'writeStatus';
      readonly status: StatusDraft;
      readonly reason: WriteReason;
      readonly event: JobEvent | undefined;
    }
  | { readonly do: 'removeFinalizer' }
  /** DELETE with a UID precondition. */
  | { readonly do: 'deleteResource' }
  /** Nothing to do now; look again after so many milliseconds. */
  | { readonly do: 'wait'; readonly ms: number };

/** Done to a row that is there. */
export type RowAction = Action & { readonly do: 'cancelRow' | 'stampTtl' | 'removeRow' };
