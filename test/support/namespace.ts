/** A namespace for a test: no controller deletes namespaces in the local control plane, so this file does it. */

import type { KubernetesApi } from '../../dev/kubernetes-api.ts';
import { inLanes } from '../../dev/lanes.ts';

/** A namespace of an overload has thousands of Jobs. */
const LANES = 16;
/** The API server's own limit for a request, and a little more. */
const COLLECTION_TIMEOUT_MS = 65_000;

export interface Namespace {
  readonly name: string;
  /** `/apis/wordpress.betaweb.ai/v1alpha1/namespaces/<name>/jobs` */
  readonly jobsPath: string;
  /** Deletes it as `kubectl delete namespace` would; it stays Terminating until `remove`, and takes no new objects. */
  terminate(): Promise<void>;
  /** Takes the finalizers off every Job, deletes them, and then the namespace. Does nothing the second time. */
  remove(): Promise<void>;
}

interface JobList {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly finalizers?: readonly string[] } }[];
}

export async function createNamespace(api: KubernetesApi, name: string): Promise<Namespace> {
  await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const path = `/api/v1/namespaces/${name}`;
  const jobsPath = `/apis/wordpress.betaweb.ai/v1alpha1/namespaces/${name}/jobs`;
  let removed = false;

  async function removeJobs(): Promise<void> {
    const response = await api.send('GET', jobsPath);
    // Without the definition there are no Jobs.
    if (response.status === 404) return;
    const held = (JSON.parse(response.text) as JobList).items.filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
    await inLanes(held.length, LANES, async (index) => {
      const job = held[index]?.metadata.name;
      const patch = await api.send('PATCH', `${jobsPath}/${job}`, { body: { metadata: { finalizers: null } }, contentType: 'application/merge-patch+json' });
      if (patch.status >= 300 && patch.status !== 404) throw new Error(`the finalizers of Job ${job} stay: ${patch.text}`);
    });
    await api.text('DELETE', jobsPath, { body: {}, timeoutMs: COLLECTION_TIMEOUT_MS });
  }

  return {
    name,
    jobsPath,
    async terminate() {
      await api.delete(path);
    },
    async remove() {
      if (removed) return;
      await removeJobs();
      await api.delete(path);
      // What the namespace controller says when it is done.
      await api.put(`${path}/finalize`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } });
      removed = true;
    },
  };
}
