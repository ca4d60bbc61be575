import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import { rowIdOf } from '../support/jobs.ts';
import { seededRandom } from '../support/random.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const JOBS = 40;
/** No row is removed before it is 20 s old; then come the sweep's interval and a busy machine. */
const ROWS_GONE_MS = 40_000;

const stack = useStack();
const random = seededRandom();
let scene: Scene;
let sleeper: Scene;
let audit: AuditTrail;

beforeAll(async () => {
  const database = await stack.database();
  audit = await createAuditedTable(database);
  scene = await openScene(stack, { database });
  sleeper = await openScene(stack, { database, namespace: scene.namespace });
}, SETUP_TIMEOUT_MS);

describe('an operator that fell asleep in the middle of its work', () => {
  it(`writes no row anew for what another one has brought to its end meanwhile (seed ${random.seed})`, async () => {
    const rows = await scene.rows.count();
    const making = Promise.all(
      Array.from({ length: JOBS }, (_, index) => scene.jobs.create(`job-${index}`, { deletionPolicy: 'Delete', ttlSecondsAfterFinished: 0 })),
    );
    await waitFor(async () => (await scene.rows.count()) > rows, { what: 'the first row', timeoutMs: 10_000, intervalMs: 2 });
    await sleep(random.between(0, 20));
    await sleeper.operator.service.kill('SIGSTOP');
    const made = await making;

    // Some go, some finish: both ways the row goes as soon as it is old enough.
    await Promise.all(made.map(({ metadata }) => scene.jobs.untilPhase(metadata.name, 'Pending')));
    const [deleted, finished] = [made.slice(0, JOBS / 2), made.slice(JOBS / 2)];
    await Promise.all(deleted.map(({ metadata }) => scene.jobs.delete(metadata.name)));
    for (const job of finished) await scene.rows.complete(rowIdOf(job));
    await waitFor(async () => (await scene.rows.count()) === 0, { what: 'all rows to be removed', timeoutMs: ROWS_GONE_MS, intervalMs: 500 });
    const before = await audit.entries();

    await sleeper.operator.service.kill('SIGCONT');
    // It knows what happened, and has nothing more to do about it.
    const { metrics } = sleeper;
    await waitFor(
      async () =>
        (await metrics.sum('jobs_operator_jobs', { phase: 'Completed' })) === finished.length &&
        (await metrics.sum('jobs_operator_jobs')) === finished.length &&
        (await metrics.sum('workqueue_depth')) === 0 &&
        (await metrics.sum('controller_runtime_active_workers')) === 0,
      { what: 'the sleeper to be up to date', timeoutMs: 20_000 },
    );
    expect((await audit.entries()).slice(before.length).filter(({ what }) => what === 'insert')).toEqual([]);
    expect(await audit.violations()).toEqual([]);
    expect(await scene.rows.count()).toBe(0);
    for (const { metadata } of finished) await scene.jobs.untilCondition(metadata.name, 'Synced', 'False', 'Expired');
  }, SETUP_TIMEOUT_MS);
});
