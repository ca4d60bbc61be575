/** The kubeconfig file for one user of one API server. */

import { writeFile } from 'node:fs/promises';
import type { KubernetesCredentials } from './kubernetes-api.ts';

/** Readable YAML, since `make dev` invites people to look at it. The CA and the token are inside: the file is complete. */
function kubeconfig(credentials: KubernetesCredentials, namespace = 'default'): string {
  return `apiVersion: v1
kind: Config
current-context: jobs-operator-dev
contexts:
- name: jobs-operator-dev
  context: {cluster: local, user: local, namespace: ${JSON.stringify(namespace)}}
clusters:
- name: local
  cluster:
    server: ${JSON.stringify(credentials.url)}
    certificate-authority-data: ${Buffer.from(credentials.ca).toString('base64')}
users:
- name: local
  user: {token: ${JSON.stringify(credentials.token)}}
`;
}

/** Readable by its owner alone: kubectl and others warn otherwise. */
export async function writeKubeconfig(path: string, credentials: KubernetesCredentials, namespace?: string): Promise<void> {
  await writeFile(path, kubeconfig(credentials, namespace), { mode: 0o600 });
}
