/** The Kubernetes side of the demo: one namespace of one cluster, through kubectl as a person would and through the API to look. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubernetesApi } from '../kubernetes-api.ts';
import { runCommand } from '../run-command.ts';
import type { RunFolder } from '../run-folder.ts';

/** Commands run here, so that the paths they show are the ones a reader would type. */
const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

const KUBECTL_TIMEOUT_MS = 60_000;

export interface DemoCluster {
  /** For people: what it is and where it came from. */
  readonly description: string;
  readonly api: KubernetesApi;
  readonly namespace: string;
  /** A kubeconfig file whose only context names the cluster and the namespace. */
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
}

/** Runs kubectl with these arguments and returns what it printed. Throws with its output when its exit code is not 0. */
export type Kubectl = (args: readonly string[]) => Promise<string>;

export function kubectlFor(program: string, kubeconfig: string, folder: RunFolder): Kubectl {
  return (args) =>
    runCommand(program, [`--kubeconfig=${kubeconfig}`, ...args], {
      cwd: PROJECT_FOLDER,
      // Discovery is cached by server address, and the ports of local servers are used again.
      env: { KUBECACHEDIR: join(folder.path, 'kubectl-cache') },
      timeoutMs: KUBECTL_TIMEOUT_MS,
    });
}

export async function serverVersion(api: KubernetesApi): Promise<string> {
  const { gitVersion } = await api.get<{ gitVersion: string }>('/version');
  return gitVersion;
}
