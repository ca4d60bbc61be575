/** Why a Job gets no row: each reason once, with what a person should do. */
import { digest } from '../json/canonical.ts';
import { isKeyed } from './identity.ts';
import type { KeySupport } from './identity.ts';
import type { RowKnowledge } from './knowledge.ts';
import type { JobResource } from './resource.ts';

export interface Refusal {
  readonly reason: string;
  /** For a person: what is wrong and what to do. Never a payload. */
  readonly message: string;
}

/** A keyed Job is refused rather than accepted without its guarantee. */
export function keyRefusal(job: JobResource, { clusterName, tombstones }: KeySupport): Refusal | undefined {
  if (!isKeyed(job)) return undefined;
  if (clusterName === undefined) {
    return unavailable('CLUSTER_NAME is not set on the operator, and it is part of the identity of a Job with idempotencyKey. Set it, or create the Job without a key.');
  }
  if (tombstones === false) {
    return unavailable(
      "The operator's table of tombstones is missing, without which a removed job could run again. " +
        'Run `jobs-operator migrate` with DB_MIGRATE=full, or create the Job without a key.',
    );
  }
  return undefined;
}

/** @param why the database's words, without a full stop */
export function payloadRefused(why: string): Refusal {
  return { reason: 'PayloadRefused', message: `${why.charAt(0).toUpperCase()}${why.slice(1)}. Create a new Job with a smaller or flatter payload.` };
}

export function keyInUse(holder: string): Refusal {
  return {
    reason: 'IdempotencyKeyInUse',
    message: `The Job ${holder} of this namespace has the same idempotencyKey. This Job takes its turn when that one is gone; delete one of them, or use another key.`,
  };
}

/** The key was used for other work: what the row, or its tombstone, says differs from what this Job asks for. Needs the payload of a Job without a row. */
export function keyConflict(job: JobResource, known: RowKnowledge): Refusal | undefined {
  if (!isKeyed(job) || job.status.jobId !== undefined || job.payload === undefined) return undefined;
  const before = known.kind === 'present' ? { type: known.row.type, payloadDigest: known.payloadDigest } : known.kind === 'tombstone' ? known.tombstone : undefined;
  if (before === undefined) return undefined;
  const differs = before.type !== job.spec.type ? 'type' : before.payloadDigest !== digest(job.payload) ? 'requestPayload' : undefined;
  if (differs === undefined) return undefined;
  return {
    reason: 'IdempotencyConflict',
    message: `The idempotencyKey was used before with another ${differs}. The earlier job is not touched and this one does not run: create a Job with another key.`,
  };
}

function unavailable(message: string): Refusal {
  return { reason: 'IdempotencyUnavailable', message };
}
