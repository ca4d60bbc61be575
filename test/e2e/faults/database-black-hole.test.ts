import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { MysqlServer } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import { rowIdOf } from '../support/jobs.ts';
import { probe } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

jest.setTimeout(SETUP_TIMEOUT_MS);

/** Longer than the 20 s that a statement is waited for, and some of the pause that follows. */
const FROZEN_MS = 23_000;
const RETURN_MS = 15_000;

const stack = useStack();
let server: MysqlServer;
let scene: Scene;
let audit: AuditTrail;

beforeAll(async () => {
  server = await stack.ownMysqlServer();
  const database = await stack.database(server);
  audit = await createAuditedTable(database);
  scene = await openScene(stack, { database });
  for (const name of ['running', 'deleted-meanwhile']) {
    await scene.jobs.create(name);
    await scene.rows.progress(rowIdOf(await scene.jobs.untilPhase(name, 'Pending')), 30);
    await scene.jobs.untilPhase(name, 'Running');
  }
});

describe('a database that accepts connections and never answers', () => {
  it('holds nothing up for ever: statements are given up, statuses stand, and all is done once it answers', async () => {
    const before = await scene.jobs.get('running');
    await server.service?.kill('SIGSTOP');
    const frozenAt = performance.now();
    await scene.jobs.create('created-meanwhile');
    await scene.jobs.delete('deleted-meanwhile');
    await scene.jobs.untilCondition('deleted-meanwhile', 'Synced', 'Unknown', undefined, FROZEN_MS);
    expect(await scene.jobs.reasonsUntil('deleted-meanwhile', 'DeletionWaiting')).toContain('DeletionWaiting');
    expect(await scene.metrics.sum('jobs_operator_db_up')).toBe(0);
    await sleep(Math.max(0, FROZEN_MS - (performance.now() - frozenAt)));

    expect([await probe(scene.operator, '/healthz'), await probe(scene.operator, '/readyz')]).toEqual([200, 200]);
    expect((await scene.jobs.get('running')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect((await scene.jobs.get('created-meanwhile')).status.jobId).toBeUndefined();

    await server.service?.kill('SIGCONT');
    await scene.jobs.untilGone('deleted-meanwhile', RETURN_MS);
    await scene.jobs.untilPhase('created-meanwhile', 'Pending');
    await scene.rows.complete(rowIdOf(before));
    await scene.jobs.untilPhase('running', 'Completed');
    await untilAllAgree(scene.jobs, scene.rows);
    // Statements that were given up may have been carried out late: what they do then must be what was wanted.
    expect(await audit.violations()).toEqual([]);
  });
});
