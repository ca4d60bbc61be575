/** The optional component that has the API server give each new Job the operator's finalizer. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import type { KubernetesApi } from '../dev/kubernetes-api.ts';
import { waitFor } from '../dev/wait-for.ts';
import { JOB } from './job-kind.ts';

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const OBJECTS = { 'policy.yaml': 'mutatingadmissionpolicies', 'binding.yaml': 'mutatingadmissionpolicybindings' };

/** For the Job, and not for its double. Resolves when it is in force. */
export async function installFinalizerPolicy(api: KubernetesApi): Promise<void> {
  for (const [file, resource] of Object.entries(OBJECTS)) {
    const path = fileURLToPath(new URL(`../manifests/components/finalizer-policy/${file}`, import.meta.url));
    const object = load(await readFile(path, 'utf8')) as { readonly metadata: { readonly name: string } };
    await api.apply(`${GROUP}/${resource}/${object.metadata.name}`, object);
  }
  const { path, body = '' } = JOB.create('tried');
  const inForce = async (): Promise<boolean> => {
    const { metadata } = await api.post<{ metadata: { finalizers?: readonly string[] } }>(`${path}?dryRun=All`, JSON.parse(body) as object);
    return metadata.finalizers !== undefined;
  };
  await waitFor(inForce, { what: 'the finalizer policy to be in force', timeoutMs: 30_000 });
}
