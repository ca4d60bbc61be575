/** The Job as the API server has it, reduced to what a reconcile needs: the projection that the cache keeps. */
import type { JobType } from './row.ts';

export const GROUP = 'wordpress.betaweb.ai';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;
export const KIND = 'Job';
export const PLURAL = 'jobs';
export const FINALIZER = `${GROUP}/row`;
export const RELEASE_ANNOTATION = `${GROUP}/release`;

export type TtlPolicy = 'Row' | 'RowAndResource';
export type DeletionPolicy = 'Cancel' | 'Retain' | 'Delete';

export interface JobSpec {
  readonly type: JobType;
  readonly cancel: boolean;
  readonly idempotencyKey: string | undefined;
  readonly ttlSecondsAfterFinished: number | undefined;
  readonly ttlPolicy: TtlPolicy;
  readonly deletionPolicy: DeletionPolicy;
}

export type Phase = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Cancelled';
export const PHASES: readonly Phase[] = ['Pending', 'Running', 'Completed', 'Failed', 'Cancelled'];

/** metav1.Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** RFC 3339, whole seconds. */
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** The part of the status that decisions rest on; the rest is in the digest. */
export interface ShownStatus {
  readonly observedGeneration: number;
  readonly jobId: string | undefined;
  readonly phase: Phase | undefined;
  readonly progress: number | undefined;
  readonly startedAt: string | undefined;
  readonly createdAt: string | undefined;
  readonly completedAt: string | undefined;
  readonly expiresAt: string | undefined;
  readonly error: string | undefined;
  /** Digest of the canonical text of `status.result`; undefined when there is none. */
  readonly resultDigest: string | undefined;
  readonly conditions: readonly Condition[];
}

export interface JobResource {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp: string;
  readonly generation: number;
  /** All finalizers, ours and others'. */
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
  /** The break-glass annotation is set to "true". */
  readonly release: boolean;
  readonly spec: JobSpec;
  /** Exact JSON text of `spec.requestPayload`, kept only while no row is known to exist, and not even then where too much would have to be kept. */
  readonly payload: string | undefined;
  readonly status: ShownStatus;
}
