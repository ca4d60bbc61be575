/** Running a command to its end. */

import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; default none. */
  readonly timeoutMs?: number;
  /** Text for its standard input; default none. */
  readonly input?: string;
  /** A failure is an answer as well: what it printed is returned then, too. Default false. */
  readonly mayFail?: boolean;
}

const OUTPUT_SHOWN = 2_000;

/**
 * Runs a command and returns what it printed on stdout. It dies with this process group's Ctrl-C, as one expects of a command.
 * @throws Error with the end of its output if it cannot be started or, unless it may fail, its exit code is not 0.
 */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    let stdout = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text));
    // A command that ends without reading its input says so by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0 || (options.mayFail === true && code !== null)) resolve(stdout);
      else reject(new Error(`${command} ended with ${signal ?? `code ${code}`}: ${all.trim().slice(-OUTPUT_SHOWN)}`));
    });
  });
}

/** Servers are not on the PATH of an ordinary user on Debian. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The full path of a program, or undefined. */
export function whichProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS];
  return folders.filter((folder) => folder !== '').map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not ours to run: either way not a program we can use.
    return false;
  }
}
