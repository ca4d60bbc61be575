/** A terminal as the pages mean it: one shell after the other in the project's folder, with the exports of those before. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../../dev/run-command.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COMMAND_MS = 60_000;

export class Shell {
  readonly #exports: string;
  readonly #env: Readonly<Record<string, string>>;

  /** @param folder where it may keep a file of its own */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#exports = join(folder, 'exports.sh');
    this.#env = env;
  }

  /** What it printed, errors included. @throws when it fails */
  run(command: string): Promise<string> {
    const script = `exec 2>&1; touch "$EXPORTS"; . "$EXPORTS"; set -e; ${command}\nexport -p > "$EXPORTS"`;
    return runCommand('bash', ['-c', script], { cwd: ROOT, env: { ...this.#env, EXPORTS: this.#exports }, timeoutMs: COMMAND_MS });
  }
}
