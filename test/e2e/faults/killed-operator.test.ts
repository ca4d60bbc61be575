import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startWorker } from '../../../dev/worker.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import { rowIdOf } from '../support/jobs.ts';
import type { Job } from '../support/jobs.ts';
import { seededRandom } from '../support/random.ts';
import { Rows } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const BURSTS = 16;
const JOBS_OF_BURST = 8;

const stack = useStack();
const random = seededRandom();
let scene: Scene;
let audit: AuditTrail;

beforeAll(async () => {
  const database = await stack.database();
  audit = await createAuditedTable(database);
  scene = await openScene(stack, { database });
}, SETUP_TIMEOUT_MS);

/** Makes Jobs in bursts, and cancels or deletes some of those that are there. @returns the ids of those it deleted */
async function makeJobs(): Promise<ReadonlySet<string>> {
  const deleted = new Set<string>();
  const made: Job[] = [];
  for (let burst = 0; burst < BURSTS; burst += 1) {
    const types = Array.from({ length: JOBS_OF_BURST }, () => random.pick(['clone', 'restore', 'delete']));
    made.push(...(await Promise.all(types.map((type, index) => scene.jobs.create(`job-${burst}-${index}`, { type })))));
    for (let choice = 0; choice < 2; choice += 1) {
      const { metadata } = random.pick(made.filter((job) => !deleted.has(rowIdOf(job))));
      if (random.chance(0.5)) await scene.jobs.patch(metadata.name, { spec: { cancel: true } });
      else {
        await scene.jobs.delete(metadata.name);
        deleted.add(metadata.uid);
      }
    }
    await sleep(random.between(200, 1_000));
  }
  return deleted;
}

/**
 * Some of the deaths come before it is ready, some while it waits, and every other one in the middle of accepting a burst.
 * @returns how often it died
 */
async function killAtRandomMoments(isOver: () => boolean): Promise<number> {
  const { service } = scene.operator;
  let kills = 0;
  for (; !isOver(); kills += 1) {
    if (kills % 2 === 0) {
      const rows = await scene.rows.count();
      await waitFor(async () => isOver() || (await scene.rows.count()) > rows, { what: 'a new row', timeoutMs: 20_000, intervalMs: 2 });
      await sleep(random.between(0, 20));
    } else {
      await sleep(random.between(0, 1_500));
    }
    await service.kill('SIGKILL');
    service.launch();
  }
  await service.ready();
  return kills;
}

describe('an operator that is killed again and again', () => {
  it(`runs each job once, loses none, and shows the truth in the end (seed ${random.seed})`, async () => {
    const connection = await scene.database.connect(Rows.EXACT);
    const worker = startWorker({
      connection,
      hands: 8,
      plan: () => ({
        durationMs: random.between(50, 500),
        stepMs: 100,
        outcome: random.chance(0.2) ? { error: 'the disk is full', atPercent: 50 } : { result: '{"url": "https://copy.example.com"}' },
      }),
    });
    let made = false;
    const making = makeJobs().finally(() => (made = true));
    const [deleted, kills] = await Promise.all([making, killAtRandomMoments(() => made)]);
    expect(kills).toBeGreaterThan(3);

    await waitFor(async () => (await scene.jobs.list()).every(({ status }) => ['Completed', 'Failed', 'Cancelled'].includes(status.phase ?? '')), {
      what: 'every Job to finish',
      timeoutMs: 30_000,
    });
    await worker.stop();
    connection.destroy();

    const pairs = await untilAllAgree(scene.jobs, scene.rows);
    expect(pairs).toHaveLength(BURSTS * JOBS_OF_BURST - deleted.size);
    expect(await audit.violations()).toEqual([]);
    // A deleted Job has left no row, if it went before the operator had seen it, or one that no worker will take.
    const left = (await scene.rows.all()).filter(({ job_id }) => deleted.has(job_id));
    expect(left.filter(({ status }) => status === 'pending' || status === 'running')).toEqual([]);
    expect(await scene.rows.count()).toBe(pairs.length + left.length);
  }, SETUP_TIMEOUT_MS);
});
