/** A clock that is wrong, and that can be set, for a server that does not know: libfaketime, unpacked from the distribution's packages. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachePath } from './cache-folder.ts';
import { PackageFolder } from './debian-packages.ts';
import { withLock } from './lock.ts';
import type { Launch } from './mysql-server.ts';
import type { Progress } from './progress.ts';
import { reasonOf, SetupError } from './setup-error.ts';

export interface WrongClock {
  /** For `MysqlServerOptions.launch`. */
  readonly launch: (server: Launch) => Promise<Launch>;
  /** From now on it is this far ahead of the machine's, or behind. The server notices within a second. */
  set(seconds: number): Promise<void>;
}

/** @param library from `findFaketime` @param file that the clock is set by, which is made */
export async function wrongClock(library: string, file: string, seconds: number): Promise<WrongClock> {
  const set = (to: number): Promise<void> => writeFile(file, `${to < 0 ? '' : '+'}${to}`);
  await set(seconds);
  return {
    set,
    async launch(server) {
      // An unpacked server is started through its own loader.
      const isUnpacked = server.args[0] === '--library-path';
      return {
        ...server,
        args: isUnpacked ? ['--preload', library, ...server.args] : server.args,
        env: {
          ...server.env,
          ...(isUnpacked ? {} : { LD_PRELOAD: library }),
          FAKETIME_TIMESTAMP_FILE: file,
          FAKETIME_CACHE_DURATION: '1',
          // Its pauses and time-outs are to last as long as ever; without the second, waits of InnoDB never end.
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
          FAKETIME_FORCE_MONOTONIC_FIX: '0',
        },
      };
    },
  };
}

/** Old enough for every libc that we start a server with. */
const DEBIAN_SUITE = 'bookworm';

/** Path of the library, from the cache or fetched into it. @throws SetupError when it cannot be had */
export async function findFaketime(progress: Progress): Promise<string> {
  const folder = cachePath('faketime', process.arch, DEBIAN_SUITE);
  const found = await libraryIn(folder);
  if (found !== undefined) return found;
  return withLock(folder, progress, async () => {
    const meanwhile = await libraryIn(folder);
    if (meanwhile !== undefined) return meanwhile;
    await mkdir(dirname(folder), { recursive: true });
    const scratch = await mkdtemp(join(dirname(folder), '.unpack-'));
    try {
      return await progress.during("Fetching libfaketime from the distribution's archive (nothing is installed)", async () => {
        const packages = new PackageFolder(join(scratch, 'apt'), DEBIAN_SUITE);
        await packages.update();
        await packages.unpack('libfaketime', join(scratch, 'root'));
        await rename(join(scratch, 'root'), folder);
        const library = await libraryIn(folder);
        if (library === undefined) throw new SetupError('the package holds no library');
        return library;
      });
    } catch (error) {
      throw new SetupError(`libfaketime could not be fetched: ${reasonOf(error)}`, { cause: error });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** The one for programs with threads. */
async function libraryIn(folder: string): Promise<string | undefined> {
  const libraries = join(folder, 'usr/lib');
  if (!existsSync(libraries)) return undefined;
  const paths = (await readdir(libraries)).map((name) => join(libraries, name, 'faketime/libfaketimeMT.so.1'));
  return paths.find((path) => existsSync(path));
}
