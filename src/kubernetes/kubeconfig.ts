/**
 * Access by kubeconfig, as client-node's KubeConfig understands it: tokens, certificates, exec plugins, OIDC, proxies.
 *
 * The module is imported only when there is a kubeconfig to read. Measured on Node 24 (resident, from 43 MB): its
 * `dist/config.js` alone brings 83 MB, since it imports every generated model; the package's index 88 MB. In a cluster,
 * where the service account needs none of it, that memory is never spent.
 */
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { OperatorError } from '../errors.ts';
import type { AccessEnvironment, ClusterAccess, Credentials, TlsMaterial } from './cluster-access.ts';

/** Undefined when there is no file to read. @throws CONFIG_INVALID when there is one that cannot be used */
export async function loadKubeconfig(environment: AccessEnvironment): Promise<ClusterAccess | undefined> {
  const files = kubeconfigFiles(environment);
  if (files.length === 0) return undefined;
  const source = files.join(delimiter);
  const { KubeConfig: Loader } = await import('@kubernetes/client-node/dist/config.js');
  const load = (): KubeConfig => merge(files.map((file) => readOne(new Loader(), file)), new Loader());

  let config = load();
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new OperatorError('CONFIG_INVALID', `KUBECONFIG: ${source} has no current context with a cluster; choose one with kubectl config use-context`);
  }
  return {
    server: cluster.server,
    proxyUrl: cluster.proxyUrl,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    source,
    async credentials(renew) {
      // Only a new KubeConfig reads an embedded token and a token-file again and forgets what a plugin answered.
      if (renew) config = load();
      return await credentialsOf(config, source);
    },
  };
}

/** As kubectl does: every file of KUBECONFIG that exists, else the one in the home folder. */
function kubeconfigFiles({ KUBECONFIG, HOME }: AccessEnvironment): string[] {
  if (KUBECONFIG) {
    const named = KUBECONFIG.split(delimiter).filter((file) => file !== '');
    const present = named.filter((file) => existsSync(file));
    if (present.length === 0) throw new OperatorError('CONFIG_INVALID', `KUBECONFIG: no such file: ${KUBECONFIG}`);
    return present;
  }
  const inHome = HOME ? join(HOME, '.kube', 'config') : '';
  return inHome !== '' && existsSync(inHome) ? [inHome] : [];
}

function readOne(config: KubeConfig, file: string): KubeConfig {
  try {
    config.loadFromFile(file);
    return config;
  } catch (error) {
    // The parser quotes the lines around its complaint, and those may hold a token: neither message nor cause goes on.
    const kind = error instanceof Error ? error.name : 'unknown error';
    throw new OperatorError('CONFIG_INVALID', `KUBECONFIG: ${file} cannot be read as a kubeconfig (${kind}); kubectl config view shows what is wrong`);
  }
}

/** The first file that names something wins, as for kubectl; client-node's own merge lets the last one win or throws. */
function merge(configs: readonly KubeConfig[], into: KubeConfig): KubeConfig {
  into.loadFromOptions({
    clusters: firstOfName(configs.flatMap((config) => config.clusters)),
    users: firstOfName(configs.flatMap((config) => config.users)),
    contexts: firstOfName(configs.flatMap((config) => config.contexts)),
    currentContext: configs.map((config) => config.currentContext).find((name) => Boolean(name)),
  });
  return into;
}

function firstOfName<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return all.filter((one, index) => all.findIndex((other) => other.name === one.name) === index);
}

async function credentialsOf(config: KubeConfig, source: string): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    // A plugin's standard error and a provider's answer may hold secrets: only the kind of failure goes on.
    const kind = error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown error';
    throw new OperatorError('API_UNAUTHORIZED', `no credentials could be had through ${source} (${kind}); kubectl get --raw /version shows why`);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  if (typeof options.auth === 'string') headers['authorization'] ??= `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return { headers, tls: tlsOf(options) };
}

function tlsOf(options: RequestOptions): TlsMaterial {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...pem('ca', ca),
    ...pem('cert', cert),
    ...pem('key', key),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function pem(name: 'ca' | 'cert' | 'key', value: unknown): TlsMaterial {
  return typeof value === 'string' || Buffer.isBuffer(value) ? { [name]: value } : {};
}
