/** Two versions of one Job: which is newer, and whether the difference can change a decision. */
import type { JobResource } from '../job/resource.ts';
import { difference } from '../job/status.ts';

/**
 * Resource versions of one kind are decimal numbers that grow (KEP-5504, GA in Kubernetes 1.35), of any length.
 */
export function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}

/** Labels, other annotations and managed fields are nothing to us: a flood of such changes queues nothing. */
export function changesDecision(before: JobResource, after: JobResource): boolean {
  return (
    before.generation !== after.generation ||
    before.deleting !== after.deleting ||
    before.release !== after.release ||
    before.finalizers.length !== after.finalizers.length ||
    before.finalizers.some((finalizer, index) => finalizer !== after.finalizers[index]) ||
    difference({ ...after.status, scope: 'whole', result: undefined }, before.status) !== 'none'
  );
}
