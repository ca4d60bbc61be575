/** Whether somebody else's operator watches the namespace: it would put the demo's Jobs into a table whose workers do real work. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../progress.ts';
import { SetupError } from '../setup-error.ts';
import { waitFor } from '../wait-for.ts';
import type { DemoCluster } from './cluster.ts';
import { jobsPath } from './job-resource.ts';
import type { JobResource } from './job-resource.ts';

/** An operator at work answers within a second. */
const PATIENCE_MS = 4_000;
const INTERVAL_MS = 200;

/** Born cancelled, it is no work for anybody, whoever writes its row. */
const CANARY = {
  apiVersion: 'wordpress.betaweb.ai/v1alpha1',
  kind: 'Job',
  metadata: { name: 'is-anybody-there' },
  spec: { type: 'clone', requestPayload: { demo: true }, cancel: true, deletionPolicy: 'Delete', ttlSecondsAfterFinished: 0 },
};

/** @throws SetupError when an operator answers. */
export async function refuseIfOperated({ api, namespace }: DemoCluster, progress: Progress): Promise<void> {
  progress.say('Looking whether an operator of somebody else answers for new namespaces …');
  const path = jobsPath(namespace);
  await api.post(path, CANARY);
  const own = `${path}/${CANARY.metadata.name}`;
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { metadata, status } = await api.get<JobResource>(own);
    if ((metadata.finalizers ?? []).length > 0 || status.jobId !== undefined) {
      await api.delete(own);
      // Its operator has a row to see to before it lets go.
      await waitFor(async () => (await api.send('GET', own)).status === 404, { what: `Job ${CANARY.metadata.name} to be gone`, timeoutMs: 10_000 });
      throw new SetupError("An operator watches all namespaces of this cluster: the demo's Jobs would become rows of its table, and its workers would do them. Use a cluster without one, or unset DEMO_CONTEXT.");
    }
    await sleep(INTERVAL_MS);
  }
  await api.delete(own);
}
