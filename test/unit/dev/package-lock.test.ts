import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { missingPlatformPackages } from '../../../dev/complete-lock.ts';
import type { PackageLock } from '../../../dev/complete-lock.ts';

describe('package-lock.json', () => {
  it('has the packages for every platform, so that `npm ci` accepts it (else: npm run complete-lock)', () => {
    const lock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as PackageLock;
    expect(missingPlatformPackages(lock).map(([path]) => path)).toEqual([]);
  });
});

describe('a lock file that lost a platform', () => {
  it('gets it back with what its name says', () => {
    const lock: PackageLock = { packages: { 'node_modules/tool': { version: '1.2.3', dev: true, optionalDependencies: { '@tool/linux-x64-musl': '1.2.3' } } } };
    expect(missingPlatformPackages(lock)).toEqual([
      ['node_modules/@tool/linux-x64-musl', { version: '1.2.3', cpu: ['x64'], dev: true, libc: ['musl'], optional: true, os: ['linux'] }],
    ]);
  });

  it('is not guessed at where the name says nothing', () => {
    const lock: PackageLock = { packages: { 'node_modules/tool': { version: '1.2.3', optionalDependencies: { extra: '^2.0.0' } } } };
    expect(() => missingPlatformPackages(lock)).toThrow(/extra@\^2\.0\.0 is missing/);
  });
});
