/** The small programs whose sources are here, in folders of `dev/tools`, each a Go module with versions of its own. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachePath } from './cache-folder.ts';
import { buildGoProgram } from './go-program.ts';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';
import { isExecutable } from './run-command.ts';

/** What each is, for whoever waits while it is built. */
const TOOLS = { gitops: "the judges of GitOps tools (kstatus, Flux's CEL, Argo CD's Lua)" } as const;

/**
 * Path of the program: from the cache, or built now, which takes a minute or so.
 * @throws SetupError
 */
export async function findGoTool(name: keyof typeof TOOLS, progress: Progress): Promise<string> {
  const module = fileURLToPath(new URL(`./tools/${name}/`, import.meta.url));
  const folder = cachePath('tools', name, `${await digestOf(module)}-${process.platform}-${process.arch}`);
  const program = join(folder, name);
  if (isExecutable(program)) return program;
  return withLock(folder, progress, async () => {
    if (!isExecutable(program)) await buildGoProgram({ name, title: TOOLS[name], mainPackage: '.', moduleFolder: module, otherwise: '' }, folder, progress);
    return program;
  });
}

/** Another source is another program. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(folder)).toSorted()) hash.update(`${file}\n`).update(await readFile(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}
