/** A real Prometheus that scrapes what it is pointed at, and promtool, its judge of rules. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onFreePort } from './ports.ts';
import type { Progress } from './progress.ts';
import { runCommand, whichProgram } from './run-command.ts';
import type { RunFolder } from './run-folder.ts';
import { Service } from './service.ts';
import { SetupError } from './setup-error.ts';
import { loaderIn, unpackedPackage } from './unpacked-packages.ts';

const NAMES = ['prometheus', 'promtool'] as const;

export interface Program {
  readonly command: string;
  /** Before every other argument. */
  readonly args: readonly string[];
}

export type PrometheusPrograms = Readonly<Record<(typeof NAMES)[number], Program>>;

/** The first major version that takes a query to pieces for those who ask (`/api/v1/parse_query`). */
const OLDEST_MAJOR = 3;

/**
 * From the PATH, or out of the distribution's packages.
 * @throws SetupError where neither has one that is new enough
 */
export async function findPrometheus(progress: Progress): Promise<PrometheusPrograms> {
  const [prometheus, promtool] = NAMES.map((name) => whichProgram(name));
  if (prometheus !== undefined && promtool !== undefined) {
    const installed = { prometheus: { command: prometheus, args: [] }, promtool: { command: promtool, args: [] } };
    if (await isNewEnough(installed)) return installed;
  }
  const root = await unpackedPackage({ name: 'prometheus', title: 'Prometheus', pattern: /^prometheus$/, debianSuite: 'unstable', megabytes: 45 }, progress);
  const { command, libraries } = await loaderIn(root, 'Prometheus');
  const unpacked = (name: string): Program => ({ command, args: ['--library-path', libraries.join(':'), join(root, 'usr/bin', name)] });
  const programs = { prometheus: unpacked('prometheus'), promtool: unpacked('promtool') };
  if (await isNewEnough(programs)) return programs;
  throw new SetupError(`The distribution's Prometheus is too old: put prometheus and promtool ${OLDEST_MAJOR} or newer on the PATH.`);
}

async function isNewEnough({ promtool }: PrometheusPrograms): Promise<boolean> {
  const printed = await runCommand(promtool.command, [...promtool.args, '--version']);
  return Number(/version (\d+)\./.exec(printed)?.[1]) >= OLDEST_MAJOR;
}

export interface PrometheusOptions {
  readonly folder: RunFolder;
  readonly programs: PrometheusPrograms;
  /** Its configuration; JSON is YAML. */
  readonly config: object;
}

export interface PrometheusServer {
  readonly service: Service;
  /** The `data` of an answer of its HTTP API. @param path such as `query` @throws Error with its own message */
  ask<T>(path: string, parameters?: Readonly<Record<string, string>>): Promise<T>;
}

/** Starts it on a free port of loopback and waits until it is ready. */
export function startPrometheus({ folder, programs, config }: PrometheusOptions): Promise<PrometheusServer> {
  return onFreePort(async (port) => {
    const home = join(folder.path, 'prometheus');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'prometheus.yml'), JSON.stringify(config));
    const url = `http://127.0.0.1:${port}`;
    const { command, args } = programs.prometheus;
    const service = new Service({
      name: 'prometheus',
      folder,
      command,
      args: [...args, `--config.file=${home}/prometheus.yml`, `--storage.tsdb.path=${home}/data`, `--web.listen-address=127.0.0.1:${port}`],
      async probe() {
        const { ok } = await fetch(`${url}/-/ready`);
        if (!ok) throw new Error('not ready yet');
      },
    });
    await service.start();
    return {
      service,
      async ask<T>(path: string, parameters: Readonly<Record<string, string>> = {}) {
        const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
        const answer = (await response.json()) as { readonly status: string; readonly data: T; readonly error?: string };
        if (answer.status !== 'success') throw new Error(`Prometheus refuses ${path}: ${answer.error}`);
        return answer.data;
      },
    };
  });
}
