/** Programs out of the distribution's packages, unpacked into the cache instead of installed. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath } from './cache-folder.ts';
import { PackageFolder } from './debian-packages.ts';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';
import { reasonOf, SetupError } from './setup-error.ts';

export interface DistributionPackage {
  /** Of its folder in the cache. */
  readonly name: string;
  /** For whoever waits. */
  readonly title: string;
  /** Of the package's name; the newest that matches is taken. */
  readonly pattern: RegExp;
  /** Which of Debian's releases has the version that we want; on Ubuntu it is the machine's own. */
  readonly debianSuite: string;
  readonly megabytes: number;
}

/** The root of the tree that was unpacked before, or is unpacked now. @throws SetupError */
export async function unpackedPackage(wanted: DistributionPackage, progress: Progress): Promise<string> {
  const parent = cachePath(wanted.name, process.arch);
  return (await newestIn(parent)) ?? withLock(parent, progress, async () => (await newestIn(parent)) ?? (await unpack(wanted, parent, progress)));
}

export interface Loader {
  readonly command: string;
  /** Folders with shared libraries. */
  readonly libraries: readonly string[];
}

/** Unpacked libraries are found by starting through their own loader: the system's libc may be years older. @throws SetupError where there is none */
export async function loaderIn(root: string, title: string): Promise<Loader> {
  // Older releases keep libc and its loader apart from `usr`.
  const libraries = (await Promise.all([join(root, 'usr/lib'), join(root, 'lib')].map(librariesIn))).flat();
  const [command] = (await Promise.all(libraries.map(loadersIn))).flat();
  if (command === undefined) throw new SetupError(`${root} holds no complete ${title}: remove it, so that it is fetched again.`);
  return { command, libraries };
}

async function newestIn(parent: string): Promise<string | undefined> {
  if (!existsSync(parent)) return undefined;
  const names = (await readdir(parent)).filter((name) => /^\d/.test(name)).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return names[0] === undefined ? undefined : join(parent, names[0]);
}

async function librariesIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(folder, name));
}

async function loadersIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /^ld-linux.*\.so\.\d+$/.test(name)).map((name) => join(folder, name));
}

async function unpack({ title, pattern, debianSuite, megabytes }: DistributionPackage, parent: string, progress: Progress): Promise<string> {
  await mkdir(parent, { recursive: true });
  const scratch = await mkdtemp(join(parent, '.unpack-'));
  try {
    return await progress.during(`Fetching ${title} from the distribution's archive (${megabytes} MB; nothing is installed)`, async () => {
      const packages = new PackageFolder(join(scratch, 'apt'), debianSuite);
      await packages.update();
      const found = await packages.find(pattern);
      if (found === undefined) throw new SetupError(`the archive has no package of ${title}`);
      await packages.unpack(found.name, join(scratch, 'root'));
      const root = join(parent, found.version.replaceAll(/[^\w.+~-]/g, '_'));
      await rename(join(scratch, 'root'), root);
      return root;
    });
  } catch (error) {
    throw new SetupError(`${title} could not be fetched: ${reasonOf(error)}`, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
