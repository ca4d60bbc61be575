import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { OperatorProcess } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';
import { openOwnCluster } from '../support/own-cluster.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const JOBS = 150;
/** The contract's: a pod is killed after 30. */
const STOP_MS = 20_000;

const stack = useStack();

/** @returns how it ended, and after how many milliseconds */
async function terminate({ service }: OperatorProcess): Promise<{ readonly how: string; readonly ms: number }> {
  const askedAt = performance.now();
  const how = await service.stop(STOP_MS + 5_000);
  return { how, ms: performance.now() - askedAt };
}

describe('SIGTERM', () => {
  let scene: Scene;
  let audit: AuditTrail;

  beforeAll(async () => {
    const database = await stack.database();
    audit = await createAuditedTable(database);
    scene = await openScene(stack, { database });
  }, SETUP_TIMEOUT_MS);

  it('lets the work under way end, and leaves nothing half done for the next process', async () => {
    const made = Promise.all(Array.from({ length: JOBS }, (_, index) => scene.jobs.create(`job-${index}`)));
    await waitFor(async () => (await scene.rows.count()) > JOBS / 10, { what: 'the work to be in full swing', timeoutMs: 15_000 });
    const { how, ms } = await terminate(scene.operator);
    expect(how).toBe('code 0');
    expect(ms).toBeLessThan(STOP_MS);
    expect(logOf(scene.operator).at(-1)?.message).toBe('stopped');
    await made;

    // What was begun was ended: each row is named by its Job's status.
    const named = new Set((await scene.jobs.list()).map(({ status }) => status.jobId));
    expect((await scene.rows.all()).filter(({ job_id }) => !named.has(job_id))).toEqual([]);

    await scene.operator.service.start();
    expect(await untilAllAgree(scene.jobs, scene.rows)).toHaveLength(JOBS);
    expect(await scene.rows.count()).toBe(JOBS);
    expect(await audit.violations()).toEqual([]);
  }, SETUP_TIMEOUT_MS);
});

describe('SIGTERM, while the other side does not answer', () => {
  it('ends the process in time though the database is a black hole', async () => {
    const server = await stack.ownMysqlServer();
    const scene = await openScene(stack, { server });
    await scene.jobs.create('accepted');
    await scene.jobs.untilPhase('accepted', 'Pending');
    await server.service?.kill('SIGSTOP');
    for (let index = 0; index < 5; index += 1) await scene.jobs.create(`waits-${index}`);
    await waitFor(async () => (await scene.metrics.sum('controller_runtime_active_workers')) >= 5, { what: 'reconciles to hang', timeoutMs: 10_000 });
    const { how, ms } = await terminate(scene.operator);
    await server.service?.kill('SIGCONT');
    expect(how).toBe('code 0');
    expect(ms).toBeLessThan(STOP_MS);
  }, SETUP_TIMEOUT_MS);

  it('ends the process in time though the API server is a black hole', async () => {
    const cluster = await openOwnCluster(stack);
    const scene = await openScene(stack, { cluster, namespace: cluster.namespace });
    const jobId = rowIdOf(await scene.jobs.create('accepted'));
    await scene.jobs.untilPhase('accepted', 'Pending');
    await cluster.controlPlane.apiServer.kill('SIGSTOP');
    await scene.rows.progress(jobId, 50);
    await waitFor(async () => (await scene.metrics.sum('controller_runtime_active_workers')) >= 1, { what: 'a reconcile to hang', timeoutMs: 10_000 });
    const { how, ms } = await terminate(scene.operator);
    await cluster.controlPlane.apiServer.kill('SIGCONT');
    expect(how).toBe('code 0');
    expect(ms).toBeLessThan(STOP_MS);
  }, SETUP_TIMEOUT_MS);
});
