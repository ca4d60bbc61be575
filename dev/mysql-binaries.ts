/** Where a database server program comes from when no running server was named. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath } from './cache-folder.ts';
import { PackageFolder } from './debian-packages.ts';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';
import { runCommand, whichProgram } from './run-command.ts';
import { reasonOf, SetupError } from './setup-error.ts';

export type DatabaseEngine = 'mysql' | 'mariadb';

export interface MysqlProgram {
  readonly engine: DatabaseEngine;
  /** As the server prints it: "9.7.4-2". */
  readonly version: string;
  /** In words, for messages: where it is from. */
  readonly origin: string;
  readonly command: string;
  /** Before every other argument: the loader's, and where the server finds its own files. */
  readonly args: readonly string[];
}

const PACKAGE = /^mysql-server-core(-[\d.]+)?$/;

/**
 * MySQL programs, best first: `mysqld` on PATH, Debian packages unpacked into the cache before, the same unpacked now. A
 * generator, because a program that is there may still refuse to work in a temporary folder (Ubuntu's AppArmor profile).
 */
export async function* mysqlPrograms(progress: Progress): AsyncGenerator<MysqlProgram> {
  const onPath = whichProgram('mysqld');
  if (onPath !== undefined) {
    const program = await identify(onPath, [], 'mysqld on the PATH').catch((error: unknown) => {
      progress.say(`${onPath} does not run: ${reasonOf(error)}`);
      return undefined;
    });
    if (program?.engine === 'mysql') yield program;
    else progress.say(`${onPath} is not MySQL 8 or newer; looking further.`);
  }
  const cached = await newestUnpacked();
  if (cached !== undefined) yield cached;
  else yield await unpackFromArchive(progress);
}

/** The last resort. */
export async function mariadbProgram(): Promise<MysqlProgram | undefined> {
  const path = whichProgram('mariadbd') ?? whichProgram('mysqld');
  return path === undefined ? undefined : identify(path, [], 'mariadbd on the PATH');
}

/** Asks the program itself: MariaDB, too, installs a `mysqld`. Undefined for what is older than we can use. */
async function identify(command: string, args: readonly string[], origin: string): Promise<MysqlProgram | undefined> {
  const printed = await runCommand(command, [...args, '--no-defaults', '--version']);
  const version = /Ver (\S+)/.exec(printed)?.[1];
  if (version === undefined) return undefined;
  if (/MariaDB/i.test(printed)) return { engine: 'mariadb', version, origin, command, args };
  return Number.parseInt(version, 10) >= 8 ? { engine: 'mysql', version, origin, command, args } : undefined;
}

function unpackedFolder(): string {
  return cachePath('mysql', process.arch);
}

async function newestUnpacked(): Promise<MysqlProgram | undefined> {
  const parent = unpackedFolder();
  if (!existsSync(parent)) return undefined;
  const names = (await readdir(parent)).filter((name) => /^\d/.test(name)).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return names[0] === undefined ? undefined : programIn(join(parent, names[0]));
}

/** Unpacked libraries are found by starting through their own loader: the system's libc may be years older. */
async function programIn(folder: string): Promise<MysqlProgram> {
  const libraries = (await readdir(join(folder, 'usr/lib'))).filter((name) => name.endsWith('-linux-gnu')).map((name) => join(folder, 'usr/lib', name))[0];
  const loaders = libraries === undefined ? [] : (await readdir(libraries)).filter((name) => /^ld-linux.*\.so\.\d+$/.test(name));
  if (libraries === undefined || loaders[0] === undefined) throw new SetupError(`${folder} holds no complete MySQL: remove it, so that it is fetched again.`);
  const usr = join(folder, 'usr');
  const args = ['--library-path', `${libraries}:${join(usr, 'lib/mysql/private')}`, join(usr, 'sbin/mysqld')];
  const program = await identify(join(libraries, loaders[0]), args, 'unpacked Debian packages');
  if (program === undefined) throw new SetupError(`${folder} holds no MySQL that can be used: remove it, so that it is fetched again.`);
  return { ...program, args: [...args, '--no-defaults', `--basedir=${usr}`, `--lc-messages-dir=${join(usr, 'share/mysql')}`] };
}

async function unpackFromArchive(progress: Progress): Promise<MysqlProgram> {
  const parent = unpackedFolder();
  return withLock(parent, progress, async () => {
    const meanwhile = await newestUnpacked();
    if (meanwhile !== undefined) return meanwhile;
    await mkdir(parent, { recursive: true });
    const scratch = await mkdtemp(join(parent, '.unpack-'));
    try {
      return await progress.during('Fetching MySQL from the distribution\'s archive (60 MB; nothing is installed)', async () => {
        const packages = new PackageFolder(join(scratch, 'apt'));
        await packages.update();
        const found = await packages.find(PACKAGE);
        if (found === undefined) throw new SetupError('the archive has no package mysql-server-core');
        await packages.unpack(found.name, join(scratch, 'root'));
        const folder = join(parent, found.version.replaceAll(/[^\w.+~-]/g, '_'));
        await rename(join(scratch, 'root'), folder);
        return await programIn(folder);
      });
    } catch (error) {
      throw new SetupError(`MySQL could not be fetched: ${reasonOf(error)}`, { cause: error });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}
