/** Resource -> job id: the one row that is this Job's (contract section 3). */
import { createHash } from 'node:crypto';
import type { JobResource } from './resource.ts';

/** The name space of keyed ids (RFC 9562, section 6.6): drawn once, never to change. */
const KEY_NAMESPACE = '5f0f5b3e-7c1c-4c0e-9a55-2f6d1f0a8b1d';

/** What keyed identities need from their surroundings. */
export interface KeySupport {
  /** `CLUSTER_NAME`; undefined: keyed Jobs are refused. */
  readonly clusterName: string | undefined;
  /** Whether removed rows leave tombstones; undefined while the database was not asked yet. */
  readonly tombstones: boolean | undefined;
}

export function isKeyed(job: JobResource): boolean {
  return job.spec.idempotencyKey !== undefined;
}

/**
 * The id under which this resource may create a row. Without a key it is `metadata.uid`, so that each created
 * resource is one run. With one it is a UUIDv5 of cluster, namespace and key: a resource that was deleted and applied
 * again, or came back with a backup, finds the same row.
 */
export function identityOf(job: JobResource, clusterName: string | undefined): string {
  const { idempotencyKey } = job.spec;
  return idempotencyKey === undefined ? job.uid : uuidV5(`${clusterName ?? ''}/${job.namespace}/${idempotencyKey}`);
}

/** The id of the row that this resource shows. What a status says stands: it was written after the row existed. */
export function jobIdOf(job: JobResource, clusterName: string | undefined): string {
  return job.status.jobId ?? identityOf(job, clusterName);
}

/**
 * Whether the row is this resource's to change. A status that names another id (restored from a backup,
 * or written by hand) is followed, but nobody's row is cancelled, stamped or removed through it.
 */
export function ownsRow(job: JobResource, clusterName: string | undefined): boolean {
  return job.status.jobId === undefined || job.status.jobId === identityOf(job, clusterName);
}

/**
 * Which of the other live resources with this Job's key holds it: the one that names the row, else the oldest.
 * All who look at the same resources come to the same answer.
 *
 * @returns its name, or undefined when this Job may have the key
 */
export function keyHolder(job: JobResource, others: readonly JobResource[], clusterName: string | undefined): string | undefined {
  const jobId = identityOf(job, clusterName);
  const rivals = others.filter(({ uid }) => uid !== job.uid);
  const naming = rivals.find(({ status }) => status.jobId === jobId);
  if (naming !== undefined) return naming.name;
  const oldest = rivals.reduce((least, rival) => (isOlder(rival, least) ? rival : least), job);
  return oldest === job ? undefined : oldest.name;
}

function isOlder(left: JobResource, right: JobResource): boolean {
  return left.creationTimestamp === right.creationTimestamp ? left.uid < right.uid : left.creationTimestamp < right.creationTimestamp;
}

/** RFC 9562, section 5.5. */
function uuidV5(name: string): string {
  const hash = createHash('sha1').update(Buffer.from(KEY_NAMESPACE.replaceAll('-', ''), 'hex')).update(name).digest();
  const bytes = hash.subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
