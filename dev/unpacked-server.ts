/** A database server out of the distribution's packages, unpacked into the cache instead of installed. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath } from './cache-folder.ts';
import { ENGINE_NAMES } from './database-engine.ts';
import type { DatabaseEngine } from './database-engine.ts';
import { PackageFolder } from './debian-packages.ts';
import { withLock } from './lock.ts';
import { identify } from './mysql-program.ts';
import type { MysqlProgram } from './mysql-program.ts';
import type { Progress } from './progress.ts';
import { reasonOf, SetupError } from './setup-error.ts';

interface ServerPackage {
  readonly pattern: RegExp;
  /** Which of Debian's releases has the version that we want; Ubuntu has both engines in each of its own. */
  readonly debianSuite: string;
  /** In `usr/sbin`. */
  readonly server: string;
  readonly megabytes: number;
}

const PACKAGES: Readonly<Record<DatabaseEngine, ServerPackage>> = {
  // Debian keeps MySQL in unstable alone.
  mysql: { pattern: /^mysql-server-core(-[\d.]+)?$/, debianSuite: 'unstable', server: 'mysqld', megabytes: 60 },
  // MariaDB 10.11, whatever Debian this machine runs.
  mariadb: { pattern: /^mariadb-server-core(-[\d.]+)?$/, debianSuite: 'bookworm', server: 'mariadbd', megabytes: 35 },
};

/** The server that was unpacked before, or is unpacked now. */
export async function unpackedServer(engine: DatabaseEngine, progress: Progress): Promise<MysqlProgram> {
  return (await newestUnpacked(engine)) ?? unpackFromArchive(engine, progress);
}

function unpackedFolder(engine: DatabaseEngine): string {
  return cachePath(engine, process.arch);
}

async function newestUnpacked(engine: DatabaseEngine): Promise<MysqlProgram | undefined> {
  const parent = unpackedFolder(engine);
  if (!existsSync(parent)) return undefined;
  const names = (await readdir(parent)).filter((name) => /^\d/.test(name)).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return names[0] === undefined ? undefined : programIn(engine, join(parent, names[0]));
}

/** Unpacked libraries are found by starting through their own loader: the system's libc may be years older. */
async function programIn(engine: DatabaseEngine, folder: string): Promise<MysqlProgram> {
  const name = ENGINE_NAMES[engine];
  // Older releases keep libc and its loader apart from `usr`.
  const libraries = await Promise.all([join(folder, 'usr/lib'), join(folder, 'lib')].map(librariesIn));
  const loaders = await Promise.all(libraries.flat().map(loadersIn));
  const loader = loaders.flat()[0];
  if (loader === undefined) throw new SetupError(`${folder} holds no complete ${name}: remove it, so that it is fetched again.`);
  const prefix = join(folder, 'usr');
  const args = ['--library-path', [...libraries.flat(), join(prefix, 'lib/mysql/private')].join(':'), join(prefix, 'sbin', PACKAGES[engine].server)];
  const program = await identify({ origin: 'unpacked packages', command: loader, args, prefix });
  if (program?.engine !== engine) throw new SetupError(`${folder} holds no ${name} that can be used: remove it, so that it is fetched again.`);
  return { ...program, args: [...args, '--no-defaults', `--basedir=${prefix}`, `--lc-messages-dir=${join(prefix, 'share/mysql')}`] };
}

async function librariesIn(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  return (await readdir(folder)).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(folder, name));
}

async function loadersIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /^ld-linux.*\.so\.\d+$/.test(name)).map((name) => join(folder, name));
}

async function unpackFromArchive(engine: DatabaseEngine, progress: Progress): Promise<MysqlProgram> {
  const parent = unpackedFolder(engine);
  const name = ENGINE_NAMES[engine];
  const { pattern, debianSuite, megabytes } = PACKAGES[engine];
  return withLock(parent, progress, async () => {
    const meanwhile = await newestUnpacked(engine);
    if (meanwhile !== undefined) return meanwhile;
    await mkdir(parent, { recursive: true });
    const scratch = await mkdtemp(join(parent, '.unpack-'));
    try {
      return await progress.during(`Fetching ${name} from the distribution's archive (${megabytes} MB; nothing is installed)`, async () => {
        const packages = new PackageFolder(join(scratch, 'apt'), debianSuite);
        await packages.update();
        const found = await packages.find(pattern);
        if (found === undefined) throw new SetupError(`the archive has no server package of ${name}`);
        await packages.unpack(found.name, join(scratch, 'root'));
        const folder = join(parent, found.version.replaceAll(/[^\w.+~-]/g, '_'));
        await rename(join(scratch, 'root'), folder);
        return await programIn(engine, folder);
      });
    } catch (error) {
      throw new SetupError(`${name} could not be fetched: ${reasonOf(error)}`, { cause: error });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}
