import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { usageOf } from '../../../dev/process-tree.ts';

/** Holds 80 MB and has been busy for 300 ms of processor time when it says so. */
const BUSY = `const held = Buffer.alloc(80 * 1024 * 1024, 1);
  while (process.cpuUsage().user < 300_000) held.reverse();
  console.log('busy');
  setInterval(() => held, 1_000);`;

describe('what a process costs', () => {
  it('counts its children, through a shell that waits for them', async () => {
    const shell = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, BUSY], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    try {
      await once(shell.stdout, 'data');
      const usage = usageOf(shell.pid ?? 0);
      expect(usage.cpuMs).toBeGreaterThanOrEqual(300);
      expect(usage.residentBytes).toBeGreaterThan(80 * 1024 * 1024);
      expect(usage.peakBytes).toBeGreaterThanOrEqual(usage.residentBytes);
    } finally {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    }
  });

  it('cannot be told of a process that is gone', async () => {
    const gone = spawn('true');
    await once(gone, 'exit');
    expect(() => usageOf(gone.pid ?? 0)).toThrow('ENOENT');
  });
});
