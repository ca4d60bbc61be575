import { beforeAll, describe, expect, it } from '@jest/globals';
import { installDefinition } from '../../../dev/custom-resource-definition.ts';
import { MANIFESTS } from '../../../dev/kustomize.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { rowIdOf } from '../support/jobs.ts';
import { logOf, probe } from '../support/operator-log.ts';
import { openOwnCluster } from '../support/own-cluster.ts';
import type { OwnCluster } from '../support/own-cluster.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const DEFINITION = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/jobs.wordpress.betaweb.ai';
const CRDS = `${MANIFESTS}../crds`;

const stack = useStack();
let cluster: OwnCluster;
let scene: Scene;

beforeAll(async () => {
  cluster = await openOwnCluster(stack);
  // All namespaces, as the base has it.
  scene = await openScene(stack, { cluster, namespace: cluster.namespace, env: { WATCH_NAMESPACES: '' } });
}, SETUP_TIMEOUT_MS);

const kubectl = (...args: readonly string[]): Promise<string> => stack.kubectl(args, { kubeconfig: cluster.kubeconfig });

/** Three Jobs that have begun, one of them with a row that is to stay as it is. @returns the ids of the rows */
async function begin(prefix: string): Promise<Readonly<Record<'cancelled' | 'retained' | 'completed', string>>> {
  const [cancelled, retained, completed] = await Promise.all([
    scene.jobs.create(`${prefix}-cancelled`),
    scene.jobs.create(`${prefix}-retained`, { deletionPolicy: 'Retain' }),
    scene.jobs.create(`${prefix}-completed`),
  ]);
  await Promise.all([cancelled, retained, completed].map(({ metadata }) => scene.jobs.untilPhase(metadata.name, 'Pending')));
  await scene.rows.complete(rowIdOf(completed));
  await scene.jobs.untilPhase(completed.metadata.name, 'Completed');
  return { cancelled: rowIdOf(cancelled), retained: rowIdOf(retained), completed: rowIdOf(completed) };
}

async function statusesOf(ids: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(Object.entries(ids).map(async ([what, id]) => [what, (await scene.rows.get(id)).status] as const)));
}

/** Installs the definition again, and waits until the operator has noticed: it looks more and more seldom. */
async function installAgain(): Promise<void> {
  await installDefinition(cluster.api);
  await scene.jobs.create('noticed');
  await scene.jobs.until('noticed', 'to be accepted', ({ status }) => status.phase === 'Pending', 60_000);
  await scene.jobs.delete('noticed');
  await scene.jobs.untilGone('noticed');
}

function untilDefinitionGone(): Promise<unknown> {
  return waitFor(async () => (await cluster.api.send('GET', DEFINITION)).status === 404, { what: 'the definition to be gone', timeoutMs: 30_000 });
}

/** As docs/install.md says it. */
describe('uninstalling, resources first', () => {
  it('deletes the Jobs, and each row gets what its deletionPolicy says', async () => {
    const ids = await begin('first');
    await kubectl('delete', 'wpjobs', '--all', '--all-namespaces', '--timeout=60s');
    expect(await scene.jobs.list()).toEqual([]);
    expect(await statusesOf(ids)).toEqual({ cancelled: 'cancelled', retained: 'pending', completed: 'completed' });
  });

  it('then the definition, under which the operator lives on and says what is missing', async () => {
    await kubectl('delete', '-k', CRDS, '--timeout=60s');
    await untilDefinitionGone();
    const line = await waitFor(() => logOf(scene.operator).find(({ error }) => error?.code === 'API_NOT_SERVED'), { what: 'a line about the definition', timeoutMs: 60_000 });
    expect(line.level).toBe('warn');
    expect(await probe(scene.operator, '/healthz')).toBe(200);
  }, SETUP_TIMEOUT_MS);

  it('and takes Jobs again, without a restart, once the definition is back', async () => {
    await installAgain();
    expect(scene.operator.service.running).toBe(true);
  }, SETUP_TIMEOUT_MS);
});

describe('deleting the definition while there are Jobs', () => {
  it('deletes them all, with the operator at work as each of them says, and then the definition', async () => {
    const ids = await begin('second');
    await kubectl('delete', '-k', CRDS, '--timeout=60s');
    await untilDefinitionGone();
    expect(await statusesOf(ids)).toEqual({ cancelled: 'cancelled', retained: 'pending', completed: 'completed' });
  }, SETUP_TIMEOUT_MS);

  it('waits for an operator that is not there, and ends when it is', async () => {
    await installAgain();
    const ids = await begin('third');
    await scene.operator.service.stop();
    await kubectl('delete', '-k', CRDS, '--wait=false');
    const held = await waitFor(async () => {
      const jobs = await scene.jobs.list();
      return jobs.length > 0 && jobs.every(({ metadata }) => metadata.deletionTimestamp !== undefined) ? jobs : undefined;
    }, { what: 'the Jobs to be asked to go', timeoutMs: 30_000 });
    expect(held.map(({ metadata }) => metadata.finalizers)).toEqual(held.map(() => ['wordpress.betaweb.ai/row']));
    expect(await statusesOf(ids)).toMatchObject({ cancelled: 'pending' });

    await scene.operator.service.start();
    await untilDefinitionGone();
    expect(await statusesOf(ids)).toEqual({ cancelled: 'cancelled', retained: 'pending', completed: 'completed' });
  }, SETUP_TIMEOUT_MS);

  it('without an operator for ever, ends when the finalizers are taken off by hand, and the rows stay as they are', async () => {
    await installAgain();
    await scene.jobs.create('abandoned');
    const jobId = rowIdOf(await scene.jobs.untilPhase('abandoned', 'Pending'));
    await scene.operator.service.stop();
    await kubectl('delete', '-k', CRDS, '--wait=false');
    await scene.jobs.until('abandoned', 'to be asked to go', ({ metadata }) => metadata.deletionTimestamp !== undefined, 30_000);
    await kubectl('-n', cluster.namespace.name, 'patch', 'wpjobs', 'abandoned', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    await untilDefinitionGone();
    expect(await scene.rows.get(jobId)).toMatchObject({ status: 'pending' });
  }, SETUP_TIMEOUT_MS);
});
