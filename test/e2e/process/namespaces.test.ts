import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { FINALIZER, Jobs, rowIdOf } from '../support/jobs.ts';
import { logOf } from '../support/operator-log.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();
let scene: Scene;
let second: { readonly namespace: Namespace; readonly jobs: Jobs };
let other: { readonly namespace: Namespace; readonly jobs: Jobs };

beforeAll(async () => {
  const [namespace, ...more] = await Promise.all([stack.namespace(), stack.namespace(), stack.namespace()]);
  [second, other] = more.map((one) => ({ namespace: one, jobs: new Jobs(stack.api, one) })) as [typeof second, typeof other];
  scene = await openScene(stack, { namespace, env: { WATCH_NAMESPACES: `${namespace.name}, ${second.namespace.name}` } });
}, SETUP_TIMEOUT_MS);

describe('WATCH_NAMESPACES', () => {
  it('with two namespaces: the Jobs of both are run, those of a third are left alone', async () => {
    await Promise.all([scene.jobs.create('same-name'), second.jobs.create('same-name'), other.jobs.create('same-name')]);
    const accepted = await Promise.all([scene.jobs, second.jobs].map((jobs) => jobs.untilPhase('same-name', 'Pending')));
    expect((await scene.rows.all()).map(({ job_id }) => job_id)).toEqual(accepted.map(rowIdOf).toSorted());
    const foreign = await other.jobs.get('same-name');
    expect(foreign.status).toEqual({ observedGeneration: -1 });
    expect(foreign.metadata.finalizers).toBeUndefined();
  });

  it('with two namespaces: events of both are followed', async () => {
    await second.jobs.patch('same-name', { spec: { cancel: true } });
    await second.jobs.untilPhase('same-name', 'Cancelled');
    expect((await scene.jobs.get('same-name')).status.phase).toBe('Pending');
  });
});

describe('a namespace that is being terminated', () => {
  it('is not held up: rows are cancelled, finalizers go, and Events that nobody may write any more are dropped in silence', async () => {
    const running = rowIdOf(await second.jobs.create('running'));
    const pending = rowIdOf(await second.jobs.create('pending'));
    const young = rowIdOf(await second.jobs.create('young'));
    await Promise.all(['running', 'pending', 'young'].map((name) => second.jobs.untilPhase(name, 'Pending')));
    await scene.rows.progress(running, 20);
    await second.jobs.untilPhase('running', 'Running');
    // Held by another finalizer as well, so that its status is still written, and an Event attempted, in the terminating namespace.
    await second.jobs.patch('running', { metadata: { finalizers: [FINALIZER, 'example.com/backup'] } });

    await second.namespace.terminate();
    // What the namespace controller does next.
    await stack.api.delete(second.namespace.jobsPath);
    await Promise.all(['pending', 'young', 'same-name'].map((name) => second.jobs.untilGone(name)));
    const held = await second.jobs.untilPhase('running', 'Cancelled');
    await waitFor(async () => (await second.jobs.get('running')).metadata.finalizers?.join() === 'example.com/backup', { what: 'our finalizer to go', timeoutMs: 10_000 });
    expect(held.status.conditions).toEqual(expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True', reason: 'Cancelled' })]));

    for (const jobId of [running, pending, young]) expect((await scene.rows.get(jobId)).status).toBe('cancelled');
    await waitFor(async () => (await scene.metrics.sum('rest_client_requests_total', { code: '403', method: 'POST' })) > 0, { what: 'an Event to be refused', timeoutMs: 10_000 });
    expect(logOf(scene.operator).filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  }, SETUP_TIMEOUT_MS);
});
