/** One process at a time builds or downloads a thing; the others wait and then find it in the cache. */

import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from './progress.ts';

const POLL_MS = 500;

/**
 * The lock is a listening socket in Linux's abstract namespace: the kernel frees it when its owner dies, however it dies,
 * so there are no stale locks to tell from live ones.
 */
function tryLock(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(`\0jobs-operator-${name}`, () => resolve(server));
  });
}

/** Runs `work` while no other process on this machine runs it for the same `path`. */
export async function withLock<T>(path: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32);
  let lock = await tryLock(name);
  if (lock === undefined) {
    lock = await progress.during(`Waiting for another process that prepares ${path}`, async () => {
      for (;;) {
        await sleep(POLL_MS);
        const taken = await tryLock(name);
        if (taken !== undefined) return taken;
      }
    });
  }
  const held = lock;
  try {
    return await work();
  } finally {
    await new Promise((resolve) => held.close(resolve));
  }
}
