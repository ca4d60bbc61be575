/** The control plane built from its Go modules: slow once (five minutes on two cores), and possible wherever Go's module proxy is. */

import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BinaryName } from './binaries.ts';
import { kubernetesVersion, TOOLS_FOLDER } from './pinned-versions.ts';
import type { Progress } from './progress.ts';
import { runCommand, whichProgram } from './run-command.ts';
import { reasonOf, SetupError } from './setup-error.ts';

const PACKAGES: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
};

/** Builds one program into `folder`; it appears there whole or not at all. */
export async function buildBinary(name: BinaryName, folder: string, progress: Progress): Promise<void> {
  const go = whichProgram('go');
  if (go === undefined) {
    throw new SetupError('Go is missing: install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.');
  }
  await mkdir(folder, { recursive: true });
  // Beside its destination: a rename is atomic only within one file system.
  const scratch = await mkdtemp(join(folder, '.build-'));
  try {
    const output = join(scratch, name);
    // Set at link time, as Kubernetes' own build does; without it every program calls itself v0.0.0-master.
    const version = `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion()}`;
    await progress.during(`Building ${name} ${name === 'etcd' ? '' : `${kubernetesVersion()} `}with Go`, () =>
      runCommand(go, ['build', '-buildvcs=false', `-ldflags=-s -w ${version}`, '-o', output, PACKAGES[name]], { cwd: TOOLS_FOLDER }),
    );
    await rename(output, join(folder, name));
  } catch (error) {
    throw new SetupError(
      `${name} could not be built (${reasonOf(error)}): check that Go 1.26 and its module proxy work, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.`,
      { cause: error },
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
