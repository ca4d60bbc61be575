/** Programs from Debian's (or Ubuntu's) archive, unpacked beside the system instead of installed into it. */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, whichProgram } from './run-command.ts';
import { SetupError } from './setup-error.ts';

interface Archive {
  readonly name: string;
  readonly uri: string;
  readonly suite: string;
  readonly components: string;
  readonly keyring: string;
}

export interface UnpackedPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * An apt of its own: lists, cache and the record of installed packages lie in a folder of ours, so that the system's apt
 * neither changes nor has to be root's, and, since nothing counts as installed, every library comes along, libc included.
 */
export class PackageFolder {
  readonly #folder: string;
  readonly #debianSuite: string;

  /**
   * @param folder a scratch folder; the caller removes it.
   * @param debianSuite the release to take packages from on Debian, whichever this machine runs; on Ubuntu it is the machine's own
   */
  constructor(folder: string, debianSuite: string) {
    this.#folder = folder;
    this.#debianSuite = debianSuite;
  }

  /** Reads the package lists. Signatures are verified with the keyring that the distribution installs. */
  async update(): Promise<void> {
    if (whichProgram('apt-get') === undefined || whichProgram('dpkg') === undefined) {
      throw new SetupError('this is no Debian or Ubuntu (no apt-get and dpkg)');
    }
    const archive = await thisMachinesArchive(this.#debianSuite);
    if (!existsSync(archive.keyring)) throw new SetupError(`${archive.keyring} is missing: install the package ${archive.name}-archive-keyring or ${archive.name}-keyring`);
    for (const name of ['lists/partial', 'archives/partial']) await mkdir(join(this.#folder, name), { recursive: true });
    await writeFile(join(this.#folder, 'status'), '');
    await writeFile(join(this.#folder, 'sources.list'), `deb [signed-by=${archive.keyring}] ${archive.uri} ${archive.suite} ${archive.components}\n`);
    await writeFile(
      join(this.#folder, 'apt.conf'),
      [
        `Dir::State "${this.#folder}";`,
        `Dir::State::lists "${this.#folder}/lists";`,
        `Dir::State::status "${this.#folder}/status";`,
        `Dir::State::extended_states "${this.#folder}/extended_states";`,
        `Dir::Cache "${this.#folder}";`,
        `Dir::Cache::archives "${this.#folder}/archives";`,
        `Dir::Etc::sourcelist "${this.#folder}/sources.list";`,
        'Dir::Etc::sourceparts "/dev/null";',
        'Dir::Etc::preferences "/dev/null";',
        'Dir::Etc::preferencesparts "/dev/null";',
        // The folder is the user's own; apt's sandbox user cannot write there when apt runs as root.
        'APT::Sandbox::User "root";',
        'APT::Install-Recommends "false";',
        'Acquire::Languages "none";',
        'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
        'Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";',
        'Acquire::Retries "2";',
        '',
      ].join('\n'),
    );
    // An unreachable mirror is only a warning to apt unless told otherwise.
    await this.#apt('apt-get', ['update', '-qq', '-o', 'APT::Update::Error-Mode=any']);
  }

  /** The newest package whose name matches, or undefined. */
  async find(pattern: RegExp): Promise<UnpackedPackage | undefined> {
    const names = (await this.#apt('apt-cache', ['pkgnames'])).split('\n').filter((name) => pattern.test(name));
    const name = names.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0];
    if (name === undefined) return undefined;
    const version = /^Version: (\S+)$/m.exec(await this.#apt('apt-cache', ['show', '--no-all-versions', name]))?.[1];
    return version === undefined ? undefined : { name, version };
  }

  /** Downloads the package with everything it depends on, and unpacks all of it into `target`. */
  async unpack(name: string, target: string): Promise<void> {
    await this.#apt('apt-get', ['install', '--yes', '-qq', '--download-only', name]);
    const archives = (await readdir(join(this.#folder, 'archives'))).filter((file) => file.endsWith('.deb'));
    await mkdir(target, { recursive: true });
    for (const file of archives) {
      // Needed by maintainer scripts only, which nobody runs here, and a fifth of all bytes.
      if (file.startsWith('perl')) continue;
      await runCommand('dpkg', ['-x', join(this.#folder, 'archives', file), target]);
    }
    await rm(join(target, 'usr/share/doc'), { recursive: true, force: true });
    await rm(join(target, 'usr/share/man'), { recursive: true, force: true });
  }

  #apt(command: 'apt-get' | 'apt-cache', args: readonly string[]): Promise<string> {
    return runCommand(command, args, {
      env: { APT_CONFIG: join(this.#folder, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      timeoutMs: 300_000,
    });
  }
}

async function thisMachinesArchive(debianSuite: string): Promise<Archive> {
  const release = await readFile('/etc/os-release', 'utf8');
  const value = (key: string): string | undefined => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(release)?.[1];
  if (value('ID') === 'ubuntu') {
    return {
      name: 'ubuntu',
      uri: await configuredMirror(/\/ubuntu(-ports)?\/?$/),
      suite: value('VERSION_CODENAME') ?? 'noble',
      components: 'main universe',
      keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
    };
  }
  return {
    name: 'debian',
    uri: await configuredMirror(/\/debian\/?$/),
    suite: debianSuite,
    components: 'main',
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  };
}

/**
 * The mirror that this machine's own apt uses, from both forms of its configuration.
 * @throws SetupError where apt has none.
 */
async function configuredMirror(path: RegExp): Promise<string> {
  const folder = '/etc/apt/sources.list.d';
  const parts = existsSync(folder) ? (await readdir(folder)).map((name) => join(folder, name)) : [];
  for (const file of ['/etc/apt/sources.list', ...parts]) {
    if (!/\.(list|sources)$/.test(file) || !existsSync(file)) continue;
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => /^\s*(deb\s|URIs:)/.test(line));
    const uri = lines.flatMap((line) => line.split(/\s+/)).find((word) => /^[a-z+]+:\//.test(word) && path.test(word));
    if (uri !== undefined) return uri;
  }
  throw new SetupError('apt has no mirror of its distribution configured in /etc/apt/sources.list or sources.list.d');
}
