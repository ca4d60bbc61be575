/** A file system of its own for one server, small enough to be filled: a tmpfs that only the server sees, and that ends with it. */

import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launch } from './mysql-server.ts';
import { runCommand } from './run-command.ts';

/** A mount namespace of its own; as somebody else than root in a user namespace, where one may mount. */
const UNSHARE = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--user', '--map-root-user'];

/** Whether this machine lets us: containers often do not. */
export async function mayHaveFileSystems(): Promise<boolean> {
  try {
    await runCommand('unshare', [...UNSHARE, 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt'], { timeoutMs: 10_000 });
    return true;
  } catch {
    // No unshare, no privilege, no such file system: all the same here.
    return false;
  }
}

/** Moves the data directory to memory before the server starts. The copy beside it goes away with the server too. */
const SCRIPT = 'set -e; size=$1; data=$2; shift 2; mount -t tmpfs -o "size=$size" tmpfs /mnt; cp -a "$data/." /mnt; mount --move /mnt "$data"; cd /; exec "$@"';

/** For `MysqlServerOptions.launch`. @param size as mount has it, such as `300m` */
export function inFileSystemOf(size: string): (server: Launch) => Promise<Launch> {
  return ({ command, args, data, ...rest }) => Promise.resolve({ ...rest, command: 'unshare', args: [...UNSHARE, 'sh', '-c', SCRIPT, 'sh', size, data, command, ...args], data });
}

/** The server's view of a folder. */
function insideOf(pid: number, folder: string): string {
  return `/proc/${pid}/root${folder}`;
}

/** Left over: too little for a table to grow by, and enough for what a server writes besides, which ends itself where it cannot. */
const LEFT_BYTES = 512 * 1024;

/** Writes until hardly anything more fits. @returns how to make room again */
export function fillFileSystem(pid: number, folder: string): () => Promise<void> {
  const filler = join(insideOf(pid, folder), 'filler');
  const file = openSync(filler, 'w');
  try {
    // The last blocks are small, so that what is left is known.
    for (const bytes of [1_048_576, 4_096]) writeUntilFull(file, Buffer.alloc(bytes));
    ftruncateSync(file, fstatSync(file).size - LEFT_BYTES);
  } finally {
    closeSync(file);
  }
  return () => rm(filler);
}

function writeUntilFull(file: number, block: Buffer): void {
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
