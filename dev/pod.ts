/**
 * A pod of the manifests, run as a kubelet and a container engine would, as far as that goes without them: a mount namespace with a root of
 * the image's files, nothing of it writable; the template's user, arguments, environment and volumes, and no others. What is missing
 * of a container: limits of memory and CPU, seccomp, and a network of its own.
 */

import { existsSync, lstatSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Image } from './image.ts';
import type { KubernetesCredentials } from './kubernetes-api.ts';
import { whichProgram } from './run-command.ts';
import type { RunFolder } from './run-folder.ts';
import { Service } from './service.ts';
import { SetupError } from './setup-error.ts';

/** What is looked at of a PodTemplateSpec with one container. */
export interface PodTemplate {
  readonly spec: {
    readonly automountServiceAccountToken?: boolean;
    readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number; readonly fsGroup: number };
    readonly containers: readonly Container[];
    readonly volumes?: readonly SecretVolume[];
  };
}

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly env?: readonly EnvironmentVariable[];
  readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

interface SecretVolume {
  readonly name: string;
  readonly secret: { readonly secretName: string; readonly defaultMode: number; readonly items: readonly { readonly key: string; readonly path: string }[] };
}

type Data = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface PodOptions {
  readonly folder: RunFolder;
  /** Of the pod. */
  readonly name: string;
  readonly namespace: string;
  readonly template: PodTemplate;
  readonly image: Image;
  /** By name. */
  readonly configMaps: Data;
  readonly secrets: Data;
  /** Of the pod's service account, as mounted where the template wants it; its URL is what the kubelet says of the Service `kubernetes`. */
  readonly account: KubernetesCredentials;
  /** Over what the template says: pods of a test share one network, for example. */
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the template's: `node` arguments, to look around. */
  readonly command?: readonly string[];
}

const ACCOUNT_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether this machine lets us: root, on Linux with util-linux. */
export function canRunPods(): boolean {
  return process.getuid?.() === 0 && ['unshare', 'setpriv', 'mount'].every((program) => whichProgram(program) !== undefined);
}

/** Not started. `start()` waits for its readiness probe; `launch()` and `ended` are for what ends by itself. */
export async function preparePod(options: PodOptions): Promise<Service> {
  if (!canRunPods()) throw new SetupError('Pods are run with unshare, setpriv and mount (util-linux), which have to be there, and by root.');
  const { folder, name, template, image } = options;
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error('a pod has a container');
  const environment = environmentOf(container, options);
  const home = join(folder.path, name);
  const script = join(home, 'start.sh');
  const mounts = await writeVolumes(home, container, options);
  const { runAsUser, runAsGroup } = template.spec.securityContext;
  const command = [...image.entrypoint.slice(0, 1), ...(options.command ?? [...image.entrypoint.slice(1), ...container.args])];
  const lines = [
    'set -eu',
    // Nothing of this reaches anybody else.
    'mount --make-rprivate /',
    ...rootOf(join(home, 'root'), image, mounts),
    [
      'exec env -i',
      ...Object.entries(environment).map(([key, value]) => quote(`${key}=${value}`)),
      whichProgram('setpriv'),
      '--no-new-privs',
      whichProgram('unshare'),
      ...[`--root=${join(home, 'root')}`, `--wd=${image.workdir}`, `--setgid=${runAsGroup}`, `--setuid=${runAsUser}`, ...command].map(quote),
    ].join(' '),
  ];
  await writeFile(script, `${lines.join('\n')}\n`);
  const path = container.readinessProbe?.httpGet.path;
  return new Service({
    name,
    folder,
    // It replaces itself at each step: the process that gets SIGTERM is Node.js.
    command: whichProgram('unshare') ?? '',
    args: ['--mount', '/bin/sh', script],
    async probe() {
      const response = await fetch(`http://127.0.0.1:${environment['HTTP_PORT']}${path ?? ''}`);
      if (path === undefined || !response.ok) throw new Error(`${path} answered ${response.status}`);
    },
  });
}

function environmentOf(container: Container, { namespace, name, image, configMaps, account, env }: PodOptions): Record<string, string> {
  const { hostname, port } = new URL(account.url);
  const fields: Readonly<Record<string, string>> = { 'metadata.namespace': namespace, 'metadata.name': name };
  return {
    ...image.env,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    ...Object.assign({}, ...(container.envFrom ?? []).map(({ configMapRef }) => dataOf(configMaps, configMapRef.name))),
    ...Object.fromEntries((container.env ?? []).map(({ name: key, value, valueFrom }) => [key, value ?? fields[valueFrom?.fieldRef.fieldPath ?? ''] ?? ''])),
    ...env,
  };
}

function dataOf(all: Data, name: string): Readonly<Record<string, string>> {
  const data = all[name];
  // The kubelet would wait for it.
  if (data === undefined) throw new Error(`there is no ${name}`);
  return data;
}

interface Mount {
  readonly from: string;
  readonly at: string;
}

/** As the kubelet leaves them: root's, and readable by the pod's group. */
async function writeVolumes(home: string, container: Container, { namespace, template, secrets, account }: PodOptions): Promise<readonly Mount[]> {
  const { fsGroup } = template.spec.securityContext;
  const mounts: Mount[] = [];
  const mount = async (at: string, files: readonly (readonly [name: string, text: string, mode: number])[]): Promise<void> => {
    const from = join(home, 'volumes', String(mounts.length));
    await mkdir(from, { recursive: true });
    for (const [name, text, mode] of files) {
      const file = join(from, name);
      await writeFile(file, text);
      await chown(file, 0, fsGroup);
      await chmod(file, mode);
    }
    mounts.push({ from, at });
  };
  await mkdir(join(home, 'root'), { recursive: true });
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = template.spec.volumes?.find((one) => one.name === name);
    if (volume === undefined) throw new Error(`the pod has no volume ${name}`);
    const { secretName, items, defaultMode } = volume.secret;
    await mount(mountPath, items.map(({ key, path }) => [path, dataOf(secrets, secretName)[key] ?? '', defaultMode]));
  }
  if (template.spec.automountServiceAccountToken === true) {
    await mount(ACCOUNT_MOUNT, [['token', account.token, 0o640], ['ca.crt', account.ca, 0o644], ['namespace', namespace, 0o644]]);
  }
  return mounts;
}

/** The C library, in place of the base image's. */
const LIBRARIES = ['/lib', '/lib64', '/usr/lib', '/usr/lib64'];

function rootOf(root: string, image: Image, mounts: readonly Mount[]): readonly string[] {
  const bind = (from: string, at: string): readonly string[] => [
    `mkdir -p ${quote(join(root, at))}`,
    `mount --bind ${quote(from)} ${quote(join(root, at))}`,
    `mount -o remount,bind,ro ${quote(join(root, at))}`,
  ];
  return [
    `mount -t tmpfs -o mode=755,size=1m tmpfs ${quote(root)}`,
    ...['/app', '/nodejs'].flatMap((at) => bind(join(image.root, at), at)),
    ...LIBRARIES.filter((path) => existsSync(path)).flatMap((path) => (lstatSync(path).isSymbolicLink() ? [`cp -P ${path} ${quote(join(root, path))}`] : bind(path, path))),
    ...mounts.flatMap(({ from, at }) => bind(from, at)),
    `mkdir ${quote(join(root, 'proc'))} ${quote(join(root, 'dev'))} ${quote(join(root, 'tmp'))}`,
    `chmod 1777 ${quote(join(root, 'tmp'))}`,
    `mount --bind /proc ${quote(join(root, 'proc'))}`,
    `touch ${quote(join(root, 'dev/null'))}`,
    `mount --bind /dev/null ${quote(join(root, 'dev/null'))}`,
    // readOnlyRootFilesystem, /tmp included.
    `mount -o remount,ro ${quote(root)}`,
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
