/** The control plane built from its Go modules: five minutes on two cores, once. */

import type { BinaryName } from './binaries.ts';
import { buildGoProgram } from './go-program.ts';
import { kubernetesVersion, TOOLS_FOLDER } from './pinned-versions.ts';
import type { Progress } from './progress.ts';

const PACKAGES: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};

/** Builds one program into `folder`. @throws SetupError */
export function buildBinary(name: BinaryName, folder: string, progress: Progress): Promise<void> {
  return buildGoProgram(
    {
      name,
      title: name === 'etcd' ? name : `${name} ${kubernetesVersion()}`,
      mainPackage: PACKAGES[name],
      moduleFolder: TOOLS_FOLDER,
      // As Kubernetes' own build does; without it every program calls itself v0.0.0-master.
      variables: [`k8s.io/component-base/version.gitVersion=${kubernetesVersion()}`],
      otherwise: ', or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl',
    },
    folder,
    progress,
  );
}
