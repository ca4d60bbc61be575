/** A Lease as leader election sees it, and what keeps it. */
import { randomUUID } from 'node:crypto';

/** The spec of a coordination.k8s.io/v1 Lease, as client-go's LeaderElectionRecord reads it. */
export interface LeaseRecord {
  /** Empty: nobody holds it. */
  readonly holderIdentity: string;
  /** Undefined: the record does not say. */
  readonly leaseDurationSeconds: number | undefined;
  /** metav1.MicroTime as text: written for people, compared for being different, never read as a time. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  /** How often the holder changed. */
  readonly leaseTransitions: number;
}

/** A record, and the version of it that a write must still meet. */
export interface Lease {
  readonly record: LeaseRecord;
  readonly resourceVersion: string;
}

/**
 * Keeps one Lease. Every method gives up when its signal aborts, and throws when nothing can be said: no answer, no permission.
 * A write that threw may have been carried out.
 */
export interface LeaseStore<L extends Lease = Lease> {
  /** Live; undefined when there is none. */
  get(signal: AbortSignal): Promise<L | undefined>;
  /** Undefined when somebody else's is there by now. */
  create(record: LeaseRecord, signal: AbortSignal): Promise<L | undefined>;
  /** Undefined when `lease` is no longer what is stored: written by somebody else, or gone. */
  update(lease: L, record: LeaseRecord, signal: AbortSignal): Promise<L | undefined>;
}

/** One per process, also for two processes on one host and for a container that was started again under its name. */
export function newHolderIdentity(host: string): string {
  return `${host}_${randomUUID()}`;
}

export function isSameRecord(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    a.holderIdentity === b.holderIdentity &&
    a.leaseDurationSeconds === b.leaseDurationSeconds &&
    a.acquireTime === b.acquireTime &&
    a.renewTime === b.renewTime &&
    a.leaseTransitions === b.leaseTransitions
  );
}
