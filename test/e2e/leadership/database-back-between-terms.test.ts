import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { MysqlServer } from '../../support/stack.ts';
import { envOf, isLeading, leasePath, untilLeading } from '../support/candidates.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();
let server: MysqlServer;
let scene: Scene;

beforeAll(async () => {
  const namespace = await stack.namespace();
  server = await stack.ownMysqlServer();
  scene = await openScene(stack, { server, namespace, env: envOf(namespace.name) });
  await untilLeading(scene);
}, SETUP_TIMEOUT_MS);

describe('a database that went away in one term and is back before the next', () => {
  it('is not taken for one that is away: a deletion does not wait for it', async () => {
    const { jobs, rows, metrics, namespace, operator } = scene;
    const jobId = rowIdOf(await jobs.create('deleted'));
    await jobs.untilPhase('deleted', 'Pending');
    await rows.progress(jobId, 40);
    const { metadata } = await jobs.untilPhase('deleted', 'Running');

    await server.service?.kill('SIGKILL');
    await waitFor(async () => (await metrics.sum('jobs_operator_db_up')) === 0, { what: 'the operator to notice', timeoutMs: 10_000 });
    await stack.api.merge(leasePath(namespace.name), { spec: { holderIdentity: 'somebody-else', leaseDurationSeconds: 600 } });
    await waitFor(async () => !(await isLeading(scene)), { what: 'the term to end', timeoutMs: 10_000 });
    await server.service?.start();
    await jobs.delete('deleted');
    // Nobody asks the database meanwhile, so nobody knows.
    expect(await metrics.sum('jobs_operator_db_up')).toBe(0);

    await stack.api.merge(leasePath(namespace.name), { spec: { leaseDurationSeconds: 1 } });
    await untilLeading(scene);
    await jobs.untilGone('deleted');
    const written = logOf(operator).filter(({ message, job }) => message === 'status written' && job === metadata.uid);
    expect(written.map(({ reason }) => reason)).toEqual(['Accepted', 'Started']);
  }, SETUP_TIMEOUT_MS);
});
