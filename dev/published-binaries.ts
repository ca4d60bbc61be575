/** The archives of etcd, kube-apiserver and kubectl that are published for setup-envtest. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

/** setup-envtest's own index. */
const INDEX = 'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';
/** Without a network the answer should not take longer than this, in milliseconds. */
const INDEX_TIMEOUT_MS = 5_000;
const ARCHIVE_TIMEOUT_MS = 300_000;

interface Archive {
  readonly version: string;
  readonly url: string;
  /** SHA-512, in hex. */
  readonly hash: string;
}

export interface PublishedBinariesOptions {
  /** The version wanted, with its "v"; the newest patch of its minor is taken when that very one is not published. */
  readonly version: string;
  /** Where a version's programs shall be. */
  readonly folderFor: (version: string) => string;
  readonly progress: Progress;
  /** Another index of the same form. */
  readonly indexUrl?: string;
}

/** Downloads, verifies and unpacks; returns the folder. Throws when there is no network, or no archive that fits. */
export async function downloadPublishedBinaries(options: PublishedBinariesOptions): Promise<string> {
  const response = await fetch(options.indexUrl ?? INDEX, { signal: AbortSignal.timeout(INDEX_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the index of published binaries answered ${response.status}`);
  const archive = chooseArchive(load(await response.text()), options.version);
  if (archive === undefined) throw new Error(`none is published for Kubernetes ${options.version} on ${process.platform}/${process.arch}`);
  return options.progress.during(`Downloading the control plane, Kubernetes ${archive.version}`, () => unpack(archive, options.folderFor(archive.version)));
}

function chooseArchive(index: unknown, wanted: string): Archive | undefined {
  const releases = (index as { releases?: Record<string, Record<string, { hash: string; selfLink: string }>> } | null)?.releases ?? {};
  const minor = wanted.split('.').slice(0, 2).join('.');
  const versions = Object.keys(releases)
    .filter((version) => version.startsWith(`${minor}.`) && /^v\d+\.\d+\.\d+$/.test(version))
    .toSorted((a, b) => Number(b === wanted) - Number(a === wanted) || b.localeCompare(a, 'en', { numeric: true }));
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  for (const version of versions) {
    const file = releases[version]?.[`envtest-${version}-${platform}.tar.gz`];
    if (file !== undefined) return { version, url: file.selfLink, hash: file.hash };
  }
  return undefined;
}

async function unpack(archive: Archive, folder: string): Promise<string> {
  const response = await fetch(archive.url, { signal: AbortSignal.timeout(ARCHIVE_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${archive.url} answered ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const hash = createHash('sha512').update(bytes).digest('hex');
  if (hash !== archive.hash) throw new Error(`${archive.url} is not what its index promises (SHA-512 ${hash})`);
  await mkdir(dirname(folder), { recursive: true });
  const scratch = await mkdtemp(join(dirname(folder), '.download-'));
  try {
    const file = join(scratch, 'archive.tar.gz');
    await writeFile(file, bytes);
    // The programs lie in controller-tools/envtest/.
    await runCommand('tar', ['-xzf', file, '-C', scratch, '--strip-components=2']);
    await rm(file);
    await rm(folder, { recursive: true, force: true });
    await rename(scratch, folder);
    return folder;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
