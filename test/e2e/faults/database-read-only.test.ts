import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connectTo } from '../../../dev/mysql-server.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

jest.setTimeout(SETUP_TIMEOUT_MS);

/** As long as a server may be read-only without anything being given up. */
const READ_ONLY_MS = 4_000;

const stack = useStack();
/** MariaDB has no `super_read_only`; its `read_only` binds everybody but administrators, and the operator is none. */
const READ_ONLY = stack.mysql.engine === 'mysql' ? 'super_read_only' : 'read_only';
let admin: Connection;
let scene: Scene;

beforeAll(async () => {
  const server = await stack.ownMysqlServer();
  admin = await connectTo(server);
  stack.defer(() => Promise.resolve(admin.destroy()));
  scene = await openScene(stack, { server });
  for (const name of ['finishes', 'deleted-meanwhile', 'cancelled-meanwhile']) {
    await scene.jobs.create(name, { ttlSecondsAfterFinished: 3600 });
    await scene.rows.progress(rowIdOf(await scene.jobs.untilPhase(name, 'Pending')), 30);
    await scene.jobs.untilPhase(name, 'Running');
  }
});

describe('a server that turns read-only', () => {
  it('is still read: what a worker has written last is shown, without the stamp that cannot be set', async () => {
    const jobId = rowIdOf(await scene.jobs.get('finishes'));
    // Frozen, so that the row finishes and the server turns read-only before the operator can set the stamp.
    await scene.operator.service.kill('SIGSTOP');
    await scene.rows.complete(jobId);
    await admin.query(`SET GLOBAL ${READ_ONLY} = ON`);
    await scene.operator.service.kill('SIGCONT');
    const shown = await scene.jobs.untilPhase('finishes', 'Completed');
    expect(shown.status.expiresAt).toBeUndefined();
    expect((await scene.rows.get(jobId)).ttl_expires_at).toBeNull();
  });

  it('makes whatever needs a write wait: new Jobs, cancels, and a deletion, which says so', async () => {
    await scene.jobs.create('created-meanwhile');
    await scene.jobs.patch('cancelled-meanwhile', { spec: { cancel: true } });
    await scene.jobs.delete('deleted-meanwhile');
    await scene.jobs.untilCondition('deleted-meanwhile', 'Synced', 'Unknown');
    const requests = await scene.metrics.sum('jobs_operator_db_query_seconds_count', { statement: 'insert' });
    await sleep(READ_ONLY_MS);
    expect((await scene.jobs.get('created-meanwhile')).status.jobId).toBeUndefined();
    expect((await scene.jobs.get('cancelled-meanwhile')).status.phase).toBe('Running');
    expect(await scene.metrics.sum('jobs_operator_db_up')).toBe(1);
    // Backing off from 5 ms: some ten attempts, and not a storm of them.
    expect((await scene.metrics.sum('jobs_operator_db_query_seconds_count', { statement: 'insert' })) - requests).toBeLessThan(40);
  });

  it('is told in the log by its name', () => {
    const told = logOf(scene.operator).filter(({ error }) => error?.code === 'DATABASE_READ_ONLY');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(40);
  });

  it('gets the writes by itself once it takes them again', async () => {
    await admin.query(`SET GLOBAL ${READ_ONLY} = OFF`);
    await admin.query('SET GLOBAL read_only = OFF');
    await scene.jobs.untilPhase('created-meanwhile', 'Pending');
    await scene.jobs.untilPhase('cancelled-meanwhile', 'Cancelled');
    await scene.jobs.untilGone('deleted-meanwhile');
    await scene.jobs.until('finishes', 'to show its expiry', ({ status }) => status.expiresAt !== undefined);
    expect(await untilAllAgree(scene.jobs, scene.rows)).toHaveLength(3);
  });
});
