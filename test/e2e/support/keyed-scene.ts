/** An operator that takes idempotency keys, on a table that keeps a diary: whatever runs twice shows in it. */

import type { TestStack } from '../../support/stack.ts';
import { waitFor } from '../../support/stack.ts';
import { createAuditedTable } from './audit-trail.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Job } from './jobs.ts';
import { openScene } from './scene.ts';
import type { Scene, SceneOptions } from './scene.ts';

export const CLUSTER_NAME = 'blue';

/** What has to be set for keyed Jobs to be accepted. */
export const KEYED_ENV = { CLUSTER_NAME, DB_MIGRATE: 'full' };

/** What is left of a removed row; `result` is JSON text. */
export interface Tombstone {
  readonly type: string;
  readonly status: string;
  readonly result: string | null;
  readonly error: string | null;
}

export interface KeyedScene extends Scene {
  readonly audit: AuditTrail;
  /** The id of every row that was ever written, in the order of the INSERTs. */
  inserted(): Promise<readonly string[]>;
  tombstone(jobId: string): Promise<Tombstone | undefined>;
  /** Deletes the Job, waits until it is gone, and creates it anew, with a uid of its own. */
  applyAgain(name: string, spec: object): Promise<Job>;
  /** The id that the Job's status names, as soon as it does. */
  acceptedId(name: string): Promise<string>;
  /** Makes the row old enough for the sweep, and waits until it went. It has to finish and have a TTL. */
  sweepAway(jobId: string): Promise<void>;
  /** Waits for as many whole runs of the sweep to begin and end. */
  sweeps(count: number): Promise<void>;
}

export async function openKeyedScene(stack: TestStack, options: SceneOptions = {}): Promise<KeyedScene> {
  const database = options.database ?? (await stack.database());
  const audit = await createAuditedTable(database);
  const scene = await openScene(stack, { ...options, database, env: { ...KEYED_ENV, ...options.env } });
  const { jobs, rows, metrics } = scene;

  const lastSweep = (): Promise<number> => metrics.sum('jobs_operator_ttl_last_run_timestamp_seconds');
  const sweeps = async (count: number): Promise<void> => {
    for (let done = 0; done <= count; done += 1) {
      // The first may have begun before.
      const last = await lastSweep();
      await waitFor(async () => (await lastSweep()) > last, { what: 'a sweep', timeoutMs: 20_000 });
    }
  };

  return {
    ...scene,
    audit,
    inserted: async () => (await audit.entries()).filter(({ what }) => what === 'insert').map(({ jobId }) => jobId),
    async tombstone(jobId) {
      const [found] = await rows.query<Tombstone>('SELECT type, status, result, error FROM jobs_tombstones WHERE job_id = ?', [jobId]);
      return found;
    },
    async applyAgain(name, spec) {
      await jobs.delete(name);
      await jobs.untilGone(name);
      return jobs.create(name, spec);
    },
    async acceptedId(name) {
      const { status } = await jobs.until(name, 'to name its row', (job) => job.status.jobId !== undefined);
      return status.jobId ?? '';
    },
    async sweepAway(jobId) {
      await rows.age(jobId);
      await rows.untilGone(jobId);
    },
    sweeps,
  };
}
