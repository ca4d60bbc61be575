import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { MysqlServer } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { createAuditedTable } from '../support/audit-trail.ts';
import type { AuditTrail } from '../support/audit-trail.ts';
import { conditionsOf, rowIdOf } from '../support/jobs.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { Rows } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { settled } from '../support/settled.ts';

jest.setTimeout(SETUP_TIMEOUT_MS);

/** Longer than the ten seconds after which a row that is read and not there counts as gone. */
const OUTAGE_MS = 12_000;
/** Doubling pauses between two looks have grown to eight seconds by then. */
const RETURN_MS = 20_000;

const stack = useStack();
let server: MysqlServer;
let scene: Scene;
let audit: AuditTrail;

beforeAll(async () => {
  server = await stack.ownMysqlServer();
  const database = await stack.database(server);
  audit = await createAuditedTable(database);
  scene = await openScene(stack, { database });
  for (const name of ['waiting', 'running', 'cancelled-meanwhile', 'deleted-meanwhile', 'finished']) await scene.jobs.create(name);
  const [running, deleted, cancelled, finished] = await Promise.all(
    ['running', 'deleted-meanwhile', 'cancelled-meanwhile', 'finished'].map(async (name) => rowIdOf(await scene.jobs.untilPhase(name, 'Pending'))),
  );
  for (const jobId of [running, deleted, cancelled]) await scene.rows.progress(jobId ?? '', 30);
  await scene.rows.complete(finished ?? '');
  await untilAllAgree(scene.jobs, scene.rows);
}, SETUP_TIMEOUT_MS);

/** What a database outage must not touch. */
async function versions(names: readonly string[]): Promise<readonly string[]> {
  return Promise.all(names.map(async (name) => (await scene.jobs.get(name)).metadata.resourceVersion));
}

describe('a database that is killed while Jobs are under way', () => {
  const untouched = ['waiting', 'running', 'finished'];
  let before: readonly string[];
  let writes: number;

  it('is noticed, and the process stays alive and ready', async () => {
    [before, writes] = [await versions(untouched), await settled(() => scene.metrics.sum('jobs_operator_status_writes_total'))];
    await server.service?.kill('SIGKILL');
    await waitFor(async () => (await scene.metrics.sum('jobs_operator_db_up')) === 0, { what: 'the operator to notice', timeoutMs: 10_000 });
    expect([await probe(scene.operator, '/healthz'), await probe(scene.operator, '/readyz')]).toEqual([200, 200]);
  });

  it('makes a deletion wait and say why, in Synced and in an Event', async () => {
    await scene.jobs.delete('deleted-meanwhile');
    const waiting = await scene.jobs.untilCondition('deleted-meanwhile', 'Synced', 'Unknown');
    expect(waiting.status).toMatchObject({ phase: 'Running', progress: 30 });
    expect(await scene.jobs.reasonsUntil('deleted-meanwhile', 'DeletionWaiting')).toContain('DeletionWaiting');
  });

  it('changes no other status, however long it stays away', async () => {
    await scene.jobs.create('created-meanwhile');
    await scene.jobs.create('created-and-cancelled-meanwhile', { cancel: true });
    await scene.jobs.patch('cancelled-meanwhile', { spec: { cancel: true } });
    // The length of the outage: nothing tells that nothing will happen.
    await sleep(OUTAGE_MS);

    expect(await versions(untouched)).toEqual(before);
    expect(conditionsOf(await scene.jobs.get('cancelled-meanwhile'))).toMatchObject({ Reconciling: 'True Running', Synced: expect.stringMatching(/^True/) });
    expect((await scene.jobs.get('created-meanwhile')).status.jobId).toBeUndefined();
    // That of the deletion, and no other.
    expect(await scene.metrics.sum('jobs_operator_status_writes_total')).toBe(writes + 1);
    expect(await probe(scene.operator, '/healthz')).toBe(200);
  });

  it('is told in the log once per attempt, not once per Job', () => {
    const outage = logOf(scene.operator).filter(({ error }) => error?.code === 'DATABASE_UNAVAILABLE');
    expect(outage.length).toBeGreaterThan(1);
    expect(outage.length).toBeLessThan(10);
    expect(outage.filter(({ job }) => job !== undefined)).toEqual([]);
  });

  it('finds everything done by itself after its return', async () => {
    await server.service?.start();
    const backAt = performance.now();
    await scene.jobs.untilGone('deleted-meanwhile', RETURN_MS);
    await scene.jobs.untilPhase('created-meanwhile', 'Pending');
    await Promise.all(['created-and-cancelled-meanwhile', 'cancelled-meanwhile'].map((name) => scene.jobs.untilPhase(name, 'Cancelled')));
    expect(performance.now() - backAt).toBeLessThan(RETURN_MS);

    const rows = new Rows(await scene.database.connect(Rows.EXACT));
    stack.defer(() => rows.close());
    await rows.complete(rowIdOf(await scene.jobs.get('running')));
    await scene.jobs.untilPhase('running', 'Completed');
    await untilAllAgree(scene.jobs, rows);
    const ends = (await audit.entries()).filter(({ after }) => after === 'cancelled').length;
    expect(ends).toBe(3);
    expect(await audit.violations()).toEqual([]);
    expect(await versions(['waiting', 'finished'])).toEqual([before[0], before[2]]);
    expect(await scene.metrics.sum('jobs_operator_db_up')).toBe(1);
  });
});
