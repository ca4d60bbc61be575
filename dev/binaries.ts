/** Where etcd, kube-apiserver and kubectl come from: the first of four places that has them. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildBinary } from './built-binaries.ts';
import { cachePath } from './cache-folder.ts';
import { withLock } from './lock.ts';
import { kubernetesVersion } from './pinned-versions.ts';
import type { Progress } from './progress.ts';
import { downloadPublishedBinaries } from './published-binaries.ts';
import { isExecutable } from './run-command.ts';
import { reasonOf, SetupError } from './setup-error.ts';

export const CONTROL_PLANE_BINARIES = ['etcd', 'kube-apiserver', 'kubectl'] as const;
export type BinaryName = (typeof CONTROL_PLANE_BINARIES)[number];
export type BinaryPaths<Name extends BinaryName = BinaryName> = Readonly<Record<Name, string>>;

/**
 * Paths of the named programs, looked up in this order: `KUBEBUILDER_ASSETS`, the cache, the archives published for
 * setup-envtest, a build from the Go modules of dev/tools. The last two fill the cache.
 * @throws SetupError when none of them works.
 */
export async function findBinaries<Name extends BinaryName>(names: readonly Name[], progress: Progress): Promise<BinaryPaths<Name>> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') {
    const missing = names.filter((name) => !isExecutable(join(assets, name)));
    if (missing.length === 0) return pathsIn(assets, names);
    throw new SetupError(`KUBEBUILDER_ASSETS is set, but ${missing.join(' and ')} cannot be run from ${assets}: put them there, or unset it.`);
  }
  const cached = await findCached(names);
  if (cached !== undefined) return cached;
  const folder = cacheFolder(kubernetesVersion());
  return withLock(folder, progress, async () => (await findCached(names)) ?? (await fillCache(folder, names, progress)));
}

function cacheFolder(version: string): string {
  return cachePath('control-plane', `${version}-${process.platform}-${process.arch}`);
}

function pathsIn<Name extends BinaryName>(folder: string, names: readonly Name[]): BinaryPaths<Name> {
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<Name, string>;
}

/** The pinned version's folder, or that of another patch of the same minor (what was published when it was fetched). */
async function findCached<Name extends BinaryName>(names: readonly Name[]): Promise<BinaryPaths<Name> | undefined> {
  const pinned = cacheFolder(kubernetesVersion());
  const minor = kubernetesVersion().split('.').slice(0, 2).join('.');
  const others = await readdir(cachePath('control-plane')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const suffix = `-${process.platform}-${process.arch}`;
  const candidates = others.filter((name) => name.startsWith(`${minor}.`) && name.endsWith(suffix)).map((name) => cachePath('control-plane', name));
  return [pinned, ...candidates].filter((folder) => names.every((name) => isExecutable(join(folder, name)))).map((folder) => pathsIn(folder, names))[0];
}

async function fillCache<Name extends BinaryName>(folder: string, names: readonly Name[], progress: Progress): Promise<BinaryPaths<Name>> {
  // A cache with some of the programs was built here: build the rest the same way, so that all are of one version.
  const begun = CONTROL_PLANE_BINARIES.some((name) => isExecutable(join(folder, name)));
  if (!begun) {
    try {
      const published = await downloadPublishedBinaries({ version: kubernetesVersion(), folderFor: cacheFolder, progress });
      return pathsIn(published, names);
    } catch (error) {
      progress.say(`No published control plane binaries (${reasonOf(error)}); building them from their Go modules, which takes some minutes once.`);
    }
  }
  for (const name of names) {
    if (!isExecutable(join(folder, name))) await buildBinary(name, folder, progress);
  }
  return pathsIn(folder, names);
}
