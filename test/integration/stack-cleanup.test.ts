import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, waitFor } from '../support/stack.ts';
import type { HeldStack } from '../support/stack-holder.ts';

const HOLDER = fileURLToPath(new URL('../support/stack-holder.ts', import.meta.url));

const holders: ChildProcess[] = [];

// Also after a failed test: what a holder started goes with it.
afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill('SIGKILL');
});

async function holdStack(): Promise<{ holder: ChildProcess; held: HeldStack }> {
  const holder = spawn(process.execPath, [HOLDER], { stdio: ['ignore', 'pipe', 'inherit'] });
  holders.push(holder);
  for await (const line of createInterface(holder.stdout)) return { holder, held: JSON.parse(line) as HeldStack };
  throw new Error('the holder ended without a stack');
}

/** A dead process that nobody has waited for yet still has a number, but no life. */
function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/^\d+ \(.*\) [ZX]/.test(readFileSync(stat, 'utf8'));
}

function nothingIsLeft(held: HeldStack): boolean {
  return !existsSync(held.folder) && !held.pids.some(isAlive);
}

describe('a stack leaves neither processes nor files', () => {
  it('after Ctrl-C, and the exit code says so', async () => {
    const { holder, held } = await holdStack();
    expect(held.pids.filter(isAlive)).toHaveLength(process.env['TEST_DATABASE_URL'] ? 3 : 4);
    holder.kill('SIGINT');
    const [code] = (await once(holder, 'exit')) as [number];
    expect(code).toBe(130);
    expect(nothingIsLeft(held)).toBe(true);
  }, SETUP_TIMEOUT_MS);

  it('after kill -9 of the process that held it, with two stacks side by side', async () => {
    const [first, second] = await Promise.all([holdStack(), holdStack()]);
    first.holder.kill('SIGKILL');
    await waitFor(() => nothingIsLeft(first.held), { what: 'the first stack to be cleared away', timeoutMs: 10_000 });
    expect(second.held.pids.every(isAlive)).toBe(true);
    second.holder.kill('SIGKILL');
    await waitFor(() => nothingIsLeft(second.held), { what: 'the second stack to be cleared away', timeoutMs: 10_000 });
  }, SETUP_TIMEOUT_MS);
});
