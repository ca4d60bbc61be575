/** Resource -> job id: the one row that is this Job's. */
import type { JobResource } from './resource.ts';

/** The id under which this resource may create a row: `metadata.uid`, so that each created resource is one run. */
export function identityOf(job: JobResource): string {
  return job.uid;
}

/** The id of the row that this resource shows. What a status says stands: it was written after the row existed. */
export function jobIdOf(job: JobResource): string {
  return job.status.jobId ?? identityOf(job);
}

/**
 * Whether the row is this resource's to change. A status that names another id (restored from a backup,
 * or written by hand) is followed, but nobody's row is cancelled, stamped or removed through it.
 */
export function ownsRow(job: JobResource): boolean {
  return job.status.jobId === undefined || job.status.jobId === identityOf(job);
}

export interface Refusal {
  readonly reason: string;
  /** For a person: what is wrong and what to do. Never a payload. */
  readonly message: string;
}

/** Why this Job cannot have an identity here, or undefined when it can. */
export function identityRefusal(job: JobResource): Refusal | undefined {
  if (job.spec.idempotencyKey === undefined) return undefined;
  return {
    reason: 'IdempotencyUnavailable',
    message:
      'This version does not keep idempotency keys, so it refuses the Job rather than risk running it twice. ' +
      'Create a new Job without idempotencyKey: it then runs once for each resource.',
  };
}
