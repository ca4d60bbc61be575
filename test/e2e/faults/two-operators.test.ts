import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startWorker } from '../../../dev/worker.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { OperatorProcess } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import type { Job } from '../support/jobs.ts';
import { Metrics } from '../../../dev/metrics.ts';
import { seededRandom } from '../support/random.ts';
import { Rows } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const JOBS = 80;
/** Many looks of both feeds, and longer than any pause of a write budget. */
const QUIET_MS = 4_000;

const stack = useStack();
const random = seededRandom();
let scene: Scene;
let rival: OperatorProcess;
let audit: AuditTrail;
const deletedWithRow = new Set<string>();

beforeAll(async () => {
  const database = await stack.database();
  audit = await createAuditedTable(database);
  scene = await openScene(stack, { database });
  rival = await stack.operator({
    database,
    env: { WATCH_NAMESPACES: scene.namespace.name, FEED_INTERVAL_MS: '50', PROGRESS_INTERVAL_MS: '200', TTL_SWEEP_INTERVAL_SECONDS: '1', HTTP_HOST: '127.0.0.1' },
  });
}, SETUP_TIMEOUT_MS);

const isFinished = ({ status }: Job): boolean => ['Completed', 'Failed', 'Cancelled'].includes(status.phase ?? '');

/** Everything by which a write of either of them shows. */
async function footprint(): Promise<object> {
  const writes = 'jobs_operator_status_writes_total';
  return {
    versions: (await scene.jobs.list()).map(({ metadata }) => metadata.resourceVersion),
    statusWrites: [await scene.metrics.sum(writes), await new Metrics(rival.url).sum(writes)],
    // The sweep removes what was deleted with its Job when it is old enough, perhaps in this moment.
    rowChanges: (await audit.entries()).filter(({ what, jobId }) => what !== 'delete' || !deletedWithRow.has(jobId)).length,
  };
}

describe('two operators that both believe to be alone', () => {
  it(`run each job once and show the truth (seed ${random.seed})`, async () => {
    const connection = await scene.database.connect(Rows.EXACT);
    const worker = startWorker({
      connection,
      hands: 8,
      plan: () => ({
        durationMs: random.between(50, 600),
        stepMs: 100,
        outcome: random.chance(0.2) ? { error: 'the disk is full' } : { result: '{"pages": 12}' },
      }),
    });
    let deleted = 0;
    for (let index = 0; index < JOBS; index += 1) {
      const deletionPolicy = random.pick(['Cancel', 'Retain', 'Delete']);
      const { metadata } = await scene.jobs.create(`job-${index}`, { deletionPolicy });
      if (random.chance(0.1)) await scene.jobs.patch(metadata.name, { spec: { cancel: true } });
      if (random.chance(0.1)) {
        await scene.jobs.delete(metadata.name);
        deleted += 1;
        if (deletionPolicy === 'Delete') deletedWithRow.add(metadata.uid);
      }
      await sleep(random.between(0, 40));
    }
    await waitFor(async () => (await scene.jobs.list()).every(isFinished), { what: 'every Job to finish', timeoutMs: 30_000 });
    await worker.stop();
    connection.destroy();

    expect(await untilAllAgree(scene.jobs, scene.rows)).toHaveLength(JOBS - deleted);
    expect(await audit.violations()).toEqual([]);
    // Neither waited for the other to die.
    for (const metrics of [scene.metrics, new Metrics(rival.url)]) {
      expect(await metrics.sum('controller_runtime_reconcile_total', { result: 'success' })).toBeGreaterThan(JOBS);
    }
  }, SETUP_TIMEOUT_MS);

  it('leave each other’s writes alone once there is nothing left to do', async () => {
    const before = await footprint();
    // Nothing tells that nothing will happen: this wait is the test.
    await sleep(QUIET_MS);
    expect(await footprint()).toEqual(before);
  });
});
