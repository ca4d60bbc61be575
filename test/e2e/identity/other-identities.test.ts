import { beforeAll, describe, expect, it } from '@jest/globals';
import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { createNamespace } from '../../support/namespace.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { KEYED_ENV, openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const SPEC = { idempotencyKey: 'nightly', requestPayload: { site: 1 }, deletionPolicy: 'Retain' };

const stack = useStack();
/** Keyed Jobs of one table: each operator below works on the same. */
let scene: KeyedScene;
let jobId: string;

/** The id that the Job `nightly` of this scene gets. */
async function idIn({ jobs }: Scene): Promise<string> {
  await jobs.create('nightly', SPEC);
  const { status } = await jobs.until('nightly', 'to name its row', (job) => job.status.jobId !== undefined);
  return status.jobId ?? '';
}

beforeAll(async () => {
  scene = await openKeyedScene(stack);
  jobId = await idIn(scene);
}, SETUP_TIMEOUT_MS);

describe('the same key', () => {
  it('in another namespace is another job', async () => {
    const other = await openScene(stack, { database: scene.database, env: KEYED_ENV });
    expect(await idIn(other)).not.toBe(jobId);
    expect(await scene.inserted()).toHaveLength(2);
  }, SETUP_TIMEOUT_MS);

  it('in a rebuilt cluster, under the old CLUSTER_NAME, is the same job', async () => {
    const controlPlane = await stack.ownControlPlane();
    const api = new KubernetesApi(controlPlane.credentials);
    stack.defer(() => api.close());
    const namespace = await createNamespace(api, scene.namespace.name);
    const cluster = { api, kubeconfig: controlPlane.kubeconfig };
    const rebuilt = await openScene(stack, { cluster, namespace, database: scene.database, env: KEYED_ENV });
    expect(await idIn(rebuilt)).toBe(jobId);
    await scene.rows.complete(jobId, '{"pages": 12}');
    expect((await rebuilt.jobs.untilPhase('nightly', 'Completed')).status.result).toEqual({ pages: 12 });
    expect(await scene.inserted()).toHaveLength(2);
  }, SETUP_TIMEOUT_MS);

  it('under another CLUSTER_NAME is another job', async () => {
    await scene.jobs.delete('nightly');
    await scene.jobs.untilGone('nightly');
    await scene.operator.service.stop();
    const green = await openScene(stack, { namespace: scene.namespace, database: scene.database, env: { ...KEYED_ENV, CLUSTER_NAME: 'green' } });
    expect(await idIn(green)).not.toBe(jobId);
    expect((await scene.rows.get(jobId)).status).toBe('completed');
    expect(await scene.inserted()).toHaveLength(3);
    expect(await scene.audit.violations()).toEqual([]);
  }, SETUP_TIMEOUT_MS);
});
