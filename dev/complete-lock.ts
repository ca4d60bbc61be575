/**
 * `npm run complete-lock`: puts the packages for other platforms back into package-lock.json. npm drops them when the registry
 * it talks to (a mirror, often) does not carry them, and `npm ci` then refuses the file on every machine.
 */

import { readFileSync, writeFileSync } from 'node:fs';

export interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface PackageLock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const SYSTEMS = new Set(['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32']);

/** Optional packages that some entry asks for at an exact version and that have no entry of their own: path and entry. */
export function missingPlatformPackages(lock: PackageLock): readonly (readonly [string, LockedPackage])[] {
  return Object.entries(lock.packages).flatMap(([path, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => lock.packages[`node_modules/${name}`] === undefined && lock.packages[`${path}/node_modules/${name}`] === undefined)
      .map(([name, version]) => [`node_modules/${name}`, entryFor(name, version, parent.dev === true)] as const),
  );
}

/** Such packages say in their name where they run: `@oxlint/binding-linux-x64-musl`. Without a hash npm verifies nothing, and fetches nothing here. */
function entryFor(name: string, version: string, dev: boolean): LockedPackage {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const at = words.findIndex((word) => SYSTEMS.has(word));
  if (at < 0 || !/^\d/.test(version)) throw new Error(`${name}@${version} is missing from package-lock.json and does not name a platform: run npm install where the registry has it.`);
  const [os, cpu, abi] = words.slice(at);
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev } : {}),
    ...(os === 'linux' && (abi === 'musl' || abi === 'gnu') ? { libc: [abi === 'gnu' ? 'glibc' : 'musl'] } : {}),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

function completeFile(file: URL): number {
  const lock = JSON.parse(readFileSync(file, 'utf8')) as PackageLock;
  const missing = missingPlatformPackages(lock);
  const packages = Object.entries(lock.packages).concat(missing as [string, LockedPackage][]);
  const sorted = Object.fromEntries(packages.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
  return missing.length;
}

if (import.meta.main) {
  process.stdout.write(`${completeFile(new URL('../package-lock.json', import.meta.url))} packages for other platforms added\n`);
}
