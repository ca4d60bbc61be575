import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startWorker } from '../../../dev/worker.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import { rowIdOf } from '../support/jobs.ts';
import { seededRandom } from '../support/random.ts';
import { Rows } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const JOBS = 60;
const KILLS = 6;

const stack = useStack();
const random = seededRandom();
let scene: Scene;
let audit: AuditTrail;

beforeAll(async () => {
  const database = await stack.database();
  audit = await createAuditedTable(database);
  scene = await openScene(stack, { database });
}, SETUP_TIMEOUT_MS);

/** Makes Jobs at uneven paces until all are there, and cancels or deletes some of them. @returns the ids of those it deleted */
async function makeJobs(): Promise<readonly string[]> {
  const deleted: string[] = [];
  for (let index = 0; index < JOBS; index += 1) {
    const job = await scene.jobs.create(`job-${index}`, { type: random.pick(['clone', 'restore', 'delete']) });
    if (random.chance(0.15)) await scene.jobs.patch(job.metadata.name, { spec: { cancel: true } });
    if (random.chance(0.15)) {
      await scene.jobs.delete(job.metadata.name);
      deleted.push(rowIdOf(job));
    }
    await sleep(random.between(0, 400));
  }
  return deleted;
}

async function killAtRandomMoments(): Promise<void> {
  const { service } = scene.operator;
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Starting takes a second of it: some die before they are ready, some at work.
    await sleep(random.between(300, 3_500));
    await service.kill('SIGKILL');
    service.launch();
  }
  await service.ready();
}

describe('an operator that is killed again and again', () => {
  it(`runs each job once, loses none, and shows the truth in the end (seed ${random.seed})`, async () => {
    const connection = await scene.database.connect(Rows.EXACT);
    const worker = startWorker({
      connection,
      plan: () => ({
        durationMs: random.between(50, 500),
        stepMs: 100,
        outcome: random.chance(0.2) ? { error: 'the disk is full', atPercent: 50 } : { result: '{"url": "https://copy.example.com"}' },
      }),
    });
    const [deleted] = await Promise.all([makeJobs(), killAtRandomMoments()]);

    await waitFor(async () => (await scene.jobs.list()).every(({ status }) => ['Completed', 'Failed', 'Cancelled'].includes(status.phase ?? '')), {
      what: 'every Job to finish',
      timeoutMs: 30_000,
    });
    await worker.stop();
    connection.destroy();

    const pairs = await untilAllAgree(scene.jobs, scene.rows);
    expect(pairs).toHaveLength(JOBS - deleted.length);
    expect(await audit.violations()).toEqual([]);
    // A deleted Job has left no row, if it went before the operator had seen it, or one that no worker will take.
    const left = (await scene.rows.all()).filter(({ job_id }) => deleted.includes(job_id));
    expect(left.filter(({ status }) => status === 'pending' || status === 'running')).toEqual([]);
    expect(await scene.rows.count()).toBe(pairs.length + left.length);
  }, SETUP_TIMEOUT_MS);
});
