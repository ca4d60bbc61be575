/** Two versions of one Job: which is newer, and whether the difference can change a decision. */
import { compareResourceVersions } from '../engine/resource-version.ts';
import type { JobResource } from '../job/resource.ts';
import { difference } from '../job/status.ts';

/** Surely older. Versions that cannot be compared count as news: a look too many costs a read, one too few costs truth. */
export function isOlder(version: string, than: string): boolean {
  return (compareResourceVersions(version, than) ?? 1) < 0;
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
