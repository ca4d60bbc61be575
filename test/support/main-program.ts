/** The built program, run as a user runs it: arguments and environment in, lines and an exit code out. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { operatorEnvironment } from '../../dev/operator.ts';
import type { Database } from './stack.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  /** Of standard output. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Only these variables are set, beside PATH: a test must not depend on who runs it. */
export function runMain(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, lines: stdout.split('\n').filter((line) => line !== ''), stderr }));
  });
}

/** The environment of an operator for a cluster and a database of the stack. */
export function environment(kubeconfig: string, database: Database, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return operatorEnvironment({ kubeconfig, database, env }, 0);
}
