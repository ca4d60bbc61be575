/** What a kubeconfig's user presents: token, certificate, password, or what a plugin or provider answers. */
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { OperatorError } from '../errors.ts';
import { providerOptions } from './auth-provider.ts';
import type { Credentials, TlsMaterial } from './cluster-access.ts';
import type { CurrentContext } from './kubeconfig.ts';

export class KubeconfigCredentials {
  readonly #current: CurrentContext;
  readonly #source: string;
  /** Keeps a plugin's answer until it expires. */
  readonly #plugins = new ExecAuth();

  /** @param source the files' names, for people */
  constructor(current: CurrentContext, source: string) {
    this.#current = current;
    this.#source = source;
  }

  /** Files are read and plugins asked at each call. @throws API_UNAUTHORIZED when one of them fails */
  async get(): Promise<Credentials> {
    try {
      const options = this.#current.user.authProvider ? await providerOptions(this.#current) : await this.#options();
      return { headers: headersOf(options), tls: tlsOf(options) };
    } catch (error) {
      // A plugin's standard error and a provider's answer may hold secrets: only the kind of failure goes on.
      const kind = error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown error';
      const advice = 'kubectl get --raw /version shows why';
      throw new OperatorError('API_UNAUTHORIZED', `no credentials could be had through ${this.#source} (${kind}); ${advice}`);
    }
  }

  async #options(): Promise<RequestOptions> {
    const { cluster, user, tokenFile } = this.#current;
    const headers: Record<string, string> = {};
    const options: RequestOptions = { headers };
    const ca = await pem(cluster.caFile, cluster.caData);
    const cert = await pem(user.certFile, user.certData);
    const key = await pem(user.keyFile, user.keyData);
    if (ca) options.ca = ca;
    if (cert) options.cert = cert;
    if (key) options.key = key;
    if (cluster.tlsServerName) options.servername = cluster.tlsServerName;
    if (cluster.skipTLSVerify) options.rejectUnauthorized = false;
    if (user.impersonateUser) headers['Impersonate-User'] = user.impersonateUser;
    if (user.username) options.auth = `${user.username}:${user.password ?? ''}`;
    if (this.#plugins.isAuthProvider(user)) await this.#plugins.applyAuthentication(user, options);
    const token = tokenFile === undefined ? user.token : await readFile(tokenFile, 'utf8');
    if (token) headers['Authorization'] = `Bearer ${token}`;
    return options;
  }
}

async function pem(file: string | undefined, base64: string | undefined): Promise<Buffer | undefined> {
  if (file) return await readFile(file);
  return base64 ? Buffer.from(base64, 'base64') : undefined;
}

function headersOf({ headers = {}, auth }: RequestOptions): Record<string, string> {
  const found: Record<string, string> = {};
  if (typeof auth === 'string') found['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) found[name.toLowerCase()] = String(value).trim();
  }
  return found;
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsMaterial {
  return {
    ...material('ca', ca),
    ...material('cert', cert),
    ...material('key', key),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function material(name: 'ca' | 'cert' | 'key', value: unknown): TlsMaterial {
  return typeof value === 'string' || Buffer.isBuffer(value) ? { [name]: value } : {};
}
