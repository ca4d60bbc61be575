/** The two ways: the operator as it is, and the statement that the table's description proposes. */

import type { Database } from '../../dev/database.ts';
import { startOperator } from '../../dev/operator.ts';
import { usageOf } from '../../dev/process-tree.ts';
import { measureDeletion } from './deletion.ts';
import type { Deletion } from './deletion.ts';
import type { SweepSettings } from './settings.ts';
import type { SweepStage } from './stage.ts';

/** Word for word. */
export const ONE_DELETE = 'DELETE FROM jobs WHERE ttl_expires_at IS NOT NULL AND ttl_expires_at < NOW()';

export interface SweepMemory {
  /** Resident, second by second; bytes. */
  readonly calm: readonly number[];
  readonly meanwhile: readonly number[];
}

/** From the start of the operator to its first sweep: the calm, and time to get ready in. */
const START_SECONDS = 15;
const SAMPLE_MS = 1_000;

export async function sweepByOperator(stage: SweepStage, database: Database, settings: SweepSettings): Promise<Deletion & { readonly memory: SweepMemory }> {
  const { folder, controlPlane } = stage;
  const env = { TTL_SWEEP_INTERVAL_SECONDS: String(settings.calmSeconds + START_SECONDS), ...(settings.batch === undefined ? {} : { TTL_SWEEP_BATCH: settings.batch }) };
  const operator = await startOperator({ folder, kubeconfig: controlPlane.kubeconfig, database, env });
  const calm: number[] = [];
  const meanwhile: number[] = [];
  let samples = calm;
  const sampling = setInterval(() => {
    if (operator.service.pid !== undefined) samples.push(usageOf(operator.service.pid).residentBytes);
  }, SAMPLE_MS);
  try {
    const deletion = await measureDeletion({
      database,
      workPerSecond: settings.workPerSecond,
      calmMs: settings.calmSeconds * 1000,
      // It sweeps when its interval is over.
      begin() {
        samples = meanwhile;
        return Promise.resolve();
      },
    });
    return { ...deletion, memory: { calm, meanwhile } };
  } finally {
    clearInterval(sampling);
    await operator.service.stop();
  }
}

export async function deleteAtOnce(database: Database, settings: SweepSettings): Promise<Deletion> {
  const connection = await database.connect();
  let deletion: Promise<unknown> = Promise.resolve();
  try {
    return await measureDeletion({
      database,
      workPerSecond: settings.workPerSecond,
      calmMs: settings.calmSeconds * 1000,
      begin() {
        deletion = connection.query(ONE_DELETE);
        return Promise.resolve();
      },
    });
  } finally {
    await deletion;
    await connection.end();
  }
}
