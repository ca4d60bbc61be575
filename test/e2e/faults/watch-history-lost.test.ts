import { beforeAll, describe, expect, it } from '@jest/globals';
import { compactHistory } from '../../../dev/etcd-history.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { FINALIZER, rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';
import { openOwnCluster } from '../support/own-cluster.ts';
import type { OwnCluster } from '../support/own-cluster.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();
let cluster: OwnCluster;
let scene: Scene;

beforeAll(async () => {
  cluster = await openOwnCluster(stack);
  scene = await openScene(stack, { cluster, namespace: cluster.namespace });
}, SETUP_TIMEOUT_MS);

async function restartApiServer(): Promise<void> {
  await cluster.controlPlane.apiServer.kill('SIGKILL');
  await cluster.controlPlane.apiServer.start();
}

/** Throws away etcd's history up to now, as the API server does every five minutes; its own memory of it goes with a restart. */
async function loseHistory(): Promise<void> {
  await compactHistory(cluster.controlPlane.etcdUrl);
  await restartApiServer();
}

describe('a watch whose history was compacted away while nobody listened', () => {
  it('begins anew with a list: what came is accepted, what changed is done, what went is forgotten', async () => {
    const gone = rowIdOf(await scene.jobs.create('goes'));
    await scene.jobs.create('is-cancelled');
    await scene.jobs.create('stays');
    await untilAllAgree(scene.jobs, scene.rows);

    await scene.operator.service.kill('SIGSTOP');
    // Ends the watch: what happens from here on does not wait for the sleeper in its socket.
    await restartApiServer();
    await scene.jobs.create('comes');
    await scene.jobs.patch('is-cancelled', { spec: { cancel: true } });
    // By somebody who takes the finalizer off: the operator never hears of this deletion.
    await scene.jobs.patch('goes', { metadata: { finalizers: null } });
    await scene.jobs.delete('goes');
    await loseHistory();
    await scene.operator.service.kill('SIGCONT');

    await scene.jobs.untilPhase('comes', 'Pending');
    await scene.jobs.untilPhase('is-cancelled', 'Cancelled');
    await untilAllAgree(scene.jobs, scene.rows);
    expect(logOf(scene.operator).map(({ error }) => error?.code)).toContain('API_GONE');
    await waitFor(async () => (await scene.metrics.sum('jobs_operator_jobs')) === 3, { what: 'the Job that went to be forgotten', timeoutMs: 10_000 });
    expect((await scene.rows.get(gone)).status).toBe('pending');
    expect((await scene.jobs.get('comes')).metadata.finalizers).toEqual([FINALIZER]);
  });
});
