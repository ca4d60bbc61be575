import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { MysqlServer } from '../../support/stack.ts';
import { FINALIZER, rowIdOf } from '../support/jobs.ts';
import { Rows } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const RELEASE = { metadata: { annotations: { 'wordpress.betaweb.ai/release': 'true' } } };

const stack = useStack();
let server: MysqlServer;
let scene: Scene;

beforeAll(async () => {
  server = await stack.ownMysqlServer();
  scene = await openScene(stack, { server });
}, SETUP_TIMEOUT_MS);

async function startRunning(name: string): Promise<string> {
  const jobId = rowIdOf(await scene.jobs.create(name));
  await scene.jobs.untilPhase(name, 'Pending');
  await scene.rows.progress(jobId, 40);
  await scene.jobs.untilPhase(name, 'Running');
  return jobId;
}

describe('the annotation that releases a Job', () => {
  it('means nothing while the database answers: the deletion cancels the row as ever', async () => {
    const jobId = await startRunning('answered');
    await scene.jobs.patch('answered', RELEASE);
    await scene.jobs.delete('answered');
    await scene.jobs.untilGone('answered');
    expect((await scene.rows.get(jobId)).status).toBe('cancelled');
  });

  it('lets a deletion go while the database is away, keeps every other Job, and leaves the row as it was', async () => {
    const [released, held, alive] = [await startRunning('released'), await startRunning('held'), await startRunning('alive')];
    await server.service?.kill('SIGKILL');
    await waitFor(async () => (await scene.metrics.sum('jobs_operator_db_up')) === 0, { what: 'the operator to notice', timeoutMs: 10_000 });

    await scene.jobs.patch('alive', RELEASE);
    await Promise.all([scene.jobs.delete('released'), scene.jobs.delete('held')]);
    await Promise.all([scene.jobs.untilCondition('released', 'Synced', 'Unknown'), scene.jobs.untilCondition('held', 'Synced', 'Unknown')]);
    // As docs/keyboard.md says it.
    await stack.kubectl(['-n', scene.namespace.name, 'annotate', 'wpjobs', 'released', 'wordpress.betaweb.ai/release=true']);
    await scene.jobs.untilGone('released');
    expect((await scene.jobs.get('held')).metadata.finalizers).toContain(FINALIZER);
    expect((await scene.jobs.get('alive')).metadata.finalizers).toContain(FINALIZER);

    await server.service?.start();
    await scene.jobs.untilGone('held');
    const rows = new Rows(await scene.database.connect(Rows.EXACT));
    stack.defer(() => rows.close());
    expect((await rows.get(held)).status).toBe('cancelled');
    expect(await rows.get(released)).toMatchObject({ status: 'running', progress: 40 });
    expect(await rows.get(alive)).toMatchObject({ status: 'running', progress: 40 });
  }, SETUP_TIMEOUT_MS);
});
