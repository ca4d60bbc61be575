/**
 * Access by kubeconfig, with client-node's own readers and plugins, but without its KubeConfig class: that one imports every
 * generated model of the Kubernetes API. Measured on Node 24 (resident, from 43 MB): the package's index 88 MB, its
 * `dist/config.js` 83 MB, the parts used here 12 MB. auth-provider.ts imports the class where a user needs it.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import type { Cluster, Context, User } from '@kubernetes/client-node/dist/config_types.js';
import { load as parseYaml } from 'js-yaml';
import { OperatorError } from '../errors.ts';
import type { AccessEnvironment, ClusterAccess } from './cluster-access.ts';
import { KubeconfigCredentials } from './kubeconfig-credentials.ts';

/** The current context of the merged files. */
export interface CurrentContext {
  readonly context: Context;
  readonly cluster: Cluster;
  readonly user: User;
  /** Read at each use, where client-node reads it once: tokens in files rotate. */
  readonly tokenFile: string | undefined;
}

/** One file, its paths made absolute. */
interface Kubeconfig {
  readonly currentContext: string | undefined;
  readonly clusters: readonly Cluster[];
  readonly users: readonly { readonly user: User; readonly tokenFile: string | undefined }[];
  readonly contexts: readonly Context[];
}

/** Undefined when there is no file to read. @throws CONFIG_INVALID when there is one that cannot be used */
export async function loadKubeconfig(environment: AccessEnvironment): Promise<ClusterAccess | undefined> {
  const files = kubeconfigFiles(environment);
  if (files.length === 0) return undefined;
  const source = files.join(delimiter);
  const current = await readCurrent(files);
  const { cluster, context } = current;
  let credentials = new KubeconfigCredentials(current, source);
  return {
    server: cluster.server,
    proxyUrl: cluster.proxyUrl,
    namespace: context.namespace,
    source,
    async credentials(renew) {
      // Anew from the files: somebody may have logged in again, and a plugin's answer is kept until it expires.
      if (renew) credentials = new KubeconfigCredentials(await readCurrent(files), source);
      return await credentials.get();
    },
  };
}

/** As kubectl does: every file of KUBECONFIG that exists, else the one in the home folder. */
function kubeconfigFiles({ KUBECONFIG, HOME }: AccessEnvironment): string[] {
  if (KUBECONFIG) {
    const present = KUBECONFIG.split(delimiter).filter((file) => file !== '' && existsSync(file));
    if (present.length === 0) throw new OperatorError('CONFIG_INVALID', `KUBECONFIG: no such file: ${KUBECONFIG}`);
    return present;
  }
  const inHome = HOME ? join(HOME, '.kube', 'config') : '';
  return inHome !== '' && existsSync(inHome) ? [inHome] : [];
}

/** The first file that names something wins, as for kubectl; client-node's merge lets the last one win, or throws. */
async function readCurrent(files: readonly string[]): Promise<CurrentContext> {
  const configs = await Promise.all(files.map(readOne));
  const name = configs.map(({ currentContext }) => currentContext).find(Boolean);
  const context = configs.flatMap(({ contexts }) => contexts).find((one) => one.name === name);
  const cluster = configs.flatMap(({ clusters }) => clusters).find((one) => one.name === context?.cluster);
  const found = configs.flatMap(({ users }) => users).find(({ user }) => user.name === context?.user);
  if (!context || !cluster) {
    const problem = 'has no current context with a cluster; choose one with kubectl config use-context';
    throw new OperatorError('CONFIG_INVALID', `KUBECONFIG: ${files.join(delimiter)} ${problem}`);
  }
  return { context, cluster, user: found?.user ?? { name: context.user }, tokenFile: found?.tokenFile };
}

async function readOne(file: string): Promise<Kubeconfig> {
  try {
    const config = record(parseYaml(await readFile(file, 'utf8')));
    const absolute = (path: unknown): string | undefined =>
      typeof path === 'string' && path !== '' ? (isAbsolute(path) ? path : join(dirname(file), path)) : undefined;
    return {
      currentContext: typeof config['current-context'] === 'string' ? config['current-context'] : undefined,
      clusters: newClusters(config['clusters']).map((cluster) => withPath(cluster, 'caFile', absolute(cluster.caFile))),
      users: list(config['users']).flatMap((entry) => {
        // client-node knows the second spelling alone; kubectl writes and reads the first.
        const { tokenFile: byKubectl, 'token-file': byClientNode, ...rest } = record(entry['user']);
        return newUsers([{ ...entry, user: rest }]).map((user) => ({
          user: withPath(withPath(user, 'certFile', absolute(user.certFile)), 'keyFile', absolute(user.keyFile)),
          tokenFile: absolute(byKubectl ?? byClientNode),
        }));
      }),
      contexts: newContexts(config['contexts']),
    };
  } catch (error) {
    // The parser quotes the lines around its complaint, and those may hold a token: neither message nor cause goes on.
    const kind = error instanceof Error ? error.name : 'unknown error';
    const advice = 'kubectl config view shows what is wrong';
    throw new OperatorError('CONFIG_INVALID', `KUBECONFIG: ${file} cannot be read as a kubeconfig (${kind}); ${advice}`);
  }
}

function withPath<T extends object>(entry: T, name: keyof T, path: string | undefined): T {
  return path === undefined ? entry : { ...entry, [name]: path };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
