/**
 * What the image would hold, as a folder: the Dockerfile's own lines, carried out on this machine. Its Node.js stands in for the ones
 * of both base images; the rest of those (a C library, authorities) is this machine's. `make image-folder` makes it and says where.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachePath } from './cache-folder.ts';
import { parseDockerfile } from './dockerfile.ts';
import type { Instruction, Stage } from './dockerfile.ts';
import { withLock } from './lock.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

const CONTEXT = fileURLToPath(new URL('../', import.meta.url));

export interface Image {
  /** The root of its file system. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

/** A stage that was carried out, or found in the cache: its name there is a digest of all that went into it. */
interface Built {
  readonly root: string;
  readonly digest: string;
  /** Where the lines of a stage that builds upon it begin. */
  readonly workdir: string;
}

/** The image of this working tree. Stages whose lines and files are the same as before are taken from the cache. */
export async function assembleImage(progress: Progress): Promise<Image> {
  const stages = parseDockerfile(await readFile(join(CONTEXT, 'Dockerfile'), 'utf8'));
  const context = await buildContext();
  const built = new Map<string, Built>();
  let last: Built | undefined;
  for (const stage of stages) {
    last = await buildStage(stage, built, context, progress);
    if (stage.name !== undefined) built.set(stage.name, last);
  }
  const final = stages.at(-1);
  if (last === undefined || final === undefined) throw new Error('the Dockerfile has no stage');
  return { root: last.root, ...describe(final.instructions) };
}

function describe(instructions: readonly Instruction[], workdir = '/'): Omit<Image, 'root'> {
  const image = { env: {} as Record<string, string>, user: '0', workdir, entrypoint: [] as readonly string[], cmd: [] as readonly string[] };
  for (const instruction of instructions) {
    if (instruction.do === 'env') image.env[instruction.name] = instruction.value;
    else if (instruction.do === 'user') image.user = instruction.user;
    else if (instruction.do === 'workdir') image.workdir = instruction.path;
    else if (instruction.do === 'entrypoint' || instruction.do === 'cmd') image[instruction.do] = instruction.words;
  }
  return image;
}

/** What .dockerignore lets through. */
async function buildContext(): Promise<ReadonlySet<string>> {
  const lines = (await readFile(join(CONTEXT, '.dockerignore'), 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines[0] !== '*' || lines.slice(1).some((line) => !line.startsWith('!'))) throw new Error('.dockerignore: understood is * and then what is let through');
  return new Set(lines.slice(1).map((line) => line.slice(1)));
}

async function buildStage(stage: Stage, built: ReadonlyMap<string, Built>, context: ReadonlySet<string>, progress: Progress): Promise<Built> {
  const base = built.get(stage.base);
  const digest = createHash('sha256').update(JSON.stringify([process.version, process.arch, base?.digest ?? stage.base, stage.instructions]));
  for (const instruction of stage.instructions) {
    if (instruction.do !== 'copy') continue;
    for (const source of instruction.sources) {
      if (instruction.from !== undefined) digest.update(builtStage(built, instruction.from).digest);
      else if (context.has(source)) await digestOf(join(CONTEXT, source), digest);
      else throw new Error(`Dockerfile copies ${source}, which .dockerignore keeps out`);
    }
  }
  const name = digest.digest('hex').slice(0, 32);
  const root = cachePath('image', name);
  await withLock(root, progress, async () => {
    if (existsSync(root)) return;
    await mkdir(dirname(root), { recursive: true });
    const scratch = await mkdtemp(join(dirname(root), '.stage-'));
    try {
      if (base === undefined) await layFloor(scratch);
      // Links: a stage adds to its base and changes nothing of it.
      else await runCommand('cp', ['-al', `${base.root}/.`, scratch]);
      let workdir = base?.workdir ?? '/';
      for (const instruction of stage.instructions) {
        if (instruction.do === 'workdir') workdir = instruction.path;
        else await carryOut(instruction, scratch, workdir, built, progress);
      }
      // mkdtemp's is its owner's alone; the root of an image is everybody's to enter.
      await runCommand('chmod', ['755', scratch]);
      await rename(scratch, root);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  const { workdir } = describe(stage.instructions, base?.workdir);
  return { root, digest: name, workdir };
}

/** All that is taken of a base image: Node.js where the distroless one has it. */
async function layFloor(root: string): Promise<void> {
  await mkdir(join(root, 'nodejs/bin'), { recursive: true });
  // 120 MB: a link, where both are on one file system.
  await runCommand('cp', ['--link', process.execPath, join(root, 'nodejs/bin/node')]).catch(() => cp(process.execPath, join(root, 'nodejs/bin/node')));
}

async function carryOut(instruction: Instruction, root: string, workdir: string, built: ReadonlyMap<string, Built>, progress: Progress): Promise<void> {
  const folder = join(root, workdir);
  await mkdir(folder, { recursive: true });
  if (instruction.do === 'copy') {
    const from = instruction.from === undefined ? CONTEXT : builtStage(built, instruction.from).root;
    for (const source of instruction.sources) {
      const target = instruction.target.endsWith('/') ? join(folder, instruction.target, basename(source)) : join(folder, instruction.target);
      if (instruction.from === undefined) await cp(join(from, source), target, { recursive: true, verbatimSymlinks: true });
      else await runCommand('cp', ['-alT', join(from, source), target]);
    }
  } else if (instruction.do === 'run') {
    // The engine lends the build a folder; here that is one of the cache.
    const command = instruction.caches.reduce((text, target) => text.replaceAll(target, cachePath('image-build', posix.basename(target))), instruction.command);
    await progress.during(`Image: ${instruction.command}`, () =>
      runCommand('/bin/sh', ['-c', command], { cwd: folder, env: { PATH: `${join(root, 'nodejs/bin')}:${process.env['PATH'] ?? ''}` } }),
    );
  }
}

function builtStage(built: ReadonlyMap<string, Built>, name: string): Built {
  const stage = built.get(name);
  if (stage === undefined) throw new Error(`Dockerfile: there is no earlier stage ${name}`);
  return stage;
}

async function digestOf(path: string, digest: ReturnType<typeof createHash>): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  const files = entries === undefined ? [path] : entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) {
    digest.update(`${file.slice(CONTEXT.length)}\0`);
    digest.update(await readFile(file).catch(() => readlink(file)));
  }
}

if (import.meta.main) {
  const { root, user, entrypoint, cmd } = await assembleImage(createProgress());
  process.stdout.write(`${root}\nas ${user}: ${[...entrypoint, ...cmd].join(' ')}\n`);
}
