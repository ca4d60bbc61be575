/** A temporary folder that holds all a stack writes, and that goes away with the process that made it. */

import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface RunFolder {
  readonly path: string;
  /** Removes the folder, after killing whatever process is still recorded in it: Ctrl-C may come while somebody else's is up. */
  dispose(): Promise<void>;
}

const WATCHDOG = fileURLToPath(new URL('./watchdog.sh', import.meta.url));

/**
 * Children record themselves as `<name>.pid` inside. A watchdog (a shell of one megabyte that waits for the end of its
 * standard input) kills them and removes the folder when it is told to, or this process ends without having done so: a crash, `process.exit`, SIGKILL.
 */
export function createRunFolder(label: string): RunFolder {
  const path = mkdtempSync(join(tmpdir(), `jobs-operator-${label}-`));
  writeFileSync(join(path, '.jobs-operator-run'), `${process.pid}\n`);
  // A session of its own, so that Ctrl-C in the terminal reaches this process alone.
  const watchdog = spawn('/bin/sh', [WATCHDOG, path], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const over = new Promise((resolve) => watchdog.once('exit', resolve));
  const lifeline = watchdog.stdin;
  watchdog.unref();
  // Neither may keep the event loop alive; the pipe is closed by the kernel at the latest.
  if ('unref' in lifeline && typeof lifeline.unref === 'function') lifeline.unref();
  return {
    path,
    async dispose() {
      watchdog.ref();
      lifeline.end();
      await over;
      // Where the watchdog itself has come to harm.
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
