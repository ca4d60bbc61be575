import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { openOwnCluster } from '../support/own-cluster.ts';
import type { OwnCluster } from '../support/own-cluster.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const OUTAGE_MS = 5_000;

const stack = useStack();
let cluster: OwnCluster;
let scene: Scene;
let audit: AuditTrail;

beforeAll(async () => {
  cluster = await openOwnCluster(stack);
  const database = await stack.database();
  audit = await createAuditedTable(database);
  scene = await openScene(stack, { cluster, namespace: cluster.namespace, database });
}, SETUP_TIMEOUT_MS);

describe('an API server that is killed and comes back', () => {
  it('is told all that happened to the rows meanwhile, and its own news are seen again', async () => {
    const ids = new Map<string, string>();
    for (const name of ['completes', 'progresses', 'waits']) ids.set(name, rowIdOf(await scene.jobs.create(name)));
    await untilAllAgree(scene.jobs, scene.rows);
    // Accepted by the API server a moment before its end, so that the work on it is cut.
    for (let index = 0; index < 10; index += 1) await scene.jobs.create(`just-before-${index}`);
    await cluster.controlPlane.apiServer.kill('SIGKILL');

    await scene.rows.complete(ids.get('completes') ?? '');
    await scene.rows.progress(ids.get('progresses') ?? '', 55);
    // The length of the outage.
    await sleep(OUTAGE_MS);
    expect([await probe(scene.operator, '/healthz'), await probe(scene.operator, '/readyz')]).toEqual([200, 200]);
    const attempts = logOf(scene.operator).filter(({ level, message }) => level === 'warn' && message.startsWith('watching the Jobs'));
    expect(attempts.length).toBeGreaterThan(0);
    expect(attempts.length).toBeLessThan(8);

    await cluster.controlPlane.apiServer.start();
    await scene.jobs.create('just-after');
    expect(await untilAllAgree(scene.jobs, scene.rows, 40_000)).toHaveLength(14);
    expect((await scene.jobs.get('completes')).status.phase).toBe('Completed');
    expect((await scene.jobs.get('progresses')).status.progress).toBe(55);
    expect(await scene.rows.count()).toBe(14);
    expect(await audit.violations()).toEqual([]);
  });
});
