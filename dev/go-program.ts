/** Building a program from a Go module of ours that pins it: slow once, and possible wherever Go's module proxy is. */

import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from './progress.ts';
import { runCommand, whichProgram } from './run-command.ts';
import { reasonOf, SetupError } from './setup-error.ts';

export interface GoProgram {
  /** Of the file that is made. */
  readonly name: string;
  /** As progress names it: "etcd", "kubectl v1.37.2". */
  readonly title: string;
  /** The import path of its main package. */
  readonly mainPackage: string;
  /** The folder with the go.mod. */
  readonly moduleFolder: string;
  /** `name=value` pairs set at link time. */
  readonly variables?: readonly string[];
  /** What else somebody without Go may do, as the end of a sentence: "or set …". */
  readonly otherwise: string;
}

/**
 * Builds it into `folder`, which is made; it appears there whole or not at all.
 * @throws SetupError
 */
export async function buildGoProgram({ name, title, mainPackage, moduleFolder, variables = [], otherwise }: GoProgram, folder: string, progress: Progress): Promise<void> {
  const go = whichProgram('go');
  if (go === undefined) throw new SetupError(`Go is missing: install Go 1.26 or newer${otherwise}.`);
  await mkdir(folder, { recursive: true });
  // Beside its destination: a rename is atomic only within one file system.
  const scratch = await mkdtemp(join(folder, '.build-'));
  try {
    const output = join(scratch, name);
    const flags = ['-s', '-w', ...variables.flatMap((variable) => ['-X', variable])].join(' ');
    await progress.during(`Building ${title} with Go`, () =>
      runCommand(go, ['build', '-buildvcs=false', `-ldflags=${flags}`, '-o', output, mainPackage], { cwd: moduleFolder }),
    );
    await rename(output, join(folder, name));
  } catch (error) {
    throw new SetupError(`${name} could not be built (${reasonOf(error)}): check that Go 1.26 and its module proxy work${otherwise}.`, { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
