/** What a process and its descendants cost, as Linux counts it in /proc. */

import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** User and system time since their start, milliseconds; of children that have ended, too. The kernel counts in steps of 10 ms. */
  readonly cpuMs: number;
  readonly residentBytes: number;
  /** The most that was resident at any time, summed over the processes. */
  readonly peakBytes: number;
}

/** USER_HZ is 100 on every Linux that Node.js runs on. */
const MS_PER_TICK = 10;

/** @throws Error when the process is gone */
export function usageOf(root: number): Usage {
  const tree = [root, ...descendantsOf(root)];
  const all = tree.map((pid) => (pid === root ? usageOfOne(pid) : unlessGone(() => usageOfOne(pid)))).filter((usage) => usage !== undefined);
  const sum = (of: (usage: Usage) => number): number => all.reduce((total, usage) => total + of(usage), 0);
  return { cpuMs: sum((usage) => usage.cpuMs), residentBytes: sum((usage) => usage.residentBytes), peakBytes: sum((usage) => usage.peakBytes) };
}

/** Those of /proc whose line of parents leads to `root`. */
function descendantsOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const parent = unlessGone(() => Number(statFields(pid)[1]));
    if (parent !== undefined) parents.set(pid, parent);
  }
  const found = new Set([root]);
  // A child can have a lower number than its parent once numbers have wrapped: look until nothing is added.
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return [...found];
}

function usageOfOne(pid: number): Usage {
  const fields = statFields(pid);
  // utime, stime, cutime, cstime are fields 14 to 17 of proc(5); ours begin at the third.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { cpuMs: ticks * MS_PER_TICK, residentBytes: bytesOf(status, 'VmRSS'), peakBytes: bytesOf(status, 'VmHWM') };
}

/** From the state on: the name before it is in parentheses and may hold anything. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function bytesOf(status: string, key: string): number {
  // A process that has ended and was not waited for has none.
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
    return undefined;
  }
}
