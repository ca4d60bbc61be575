import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { withLock } from '../../../dev/lock.ts';

const silent = { say: () => undefined, during: <T>(_: string, work: () => Promise<T>) => work() };

describe('the lock around the cache', () => {
  it('lets one at a time do the work for a path', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const path = `lock-test-${process.pid}-1`;
    await Promise.all([withLock(path, silent, work), withLock(path, silent, work)]);
    expect(most).toBe(1);
  });

  it('is free again after work that threw', async () => {
    const path = `lock-test-${process.pid}-2`;
    await expect(withLock(path, silent, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(withLock(path, silent, () => Promise.resolve('done'))).resolves.toBe('done');
  });

  it('is free again when its owner was killed', async () => {
    const path = `lock-test-${process.pid}-3`;
    const module = new URL('../../../dev/lock.ts', import.meta.url).href;
    const script = `import { withLock } from ${JSON.stringify(module)};
      await withLock(${JSON.stringify(path)}, { say() {}, during: (_, work) => work() }, () => { console.log('held'); return new Promise((r) => setTimeout(r, 60_000)); });`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(owner.stdout, 'data');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await expect(withLock(path, silent, () => Promise.resolve('mine'))).resolves.toBe('mine');
  });
});
