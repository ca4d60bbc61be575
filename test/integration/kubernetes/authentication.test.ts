import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/engine/clock.ts';
import { findClusterAccess } from '../../../src/kubernetes/cluster-access.ts';
import type { ClusterAccess } from '../../../src/kubernetes/cluster-access.ts';
import { mountedServiceAccount } from '../../../src/kubernetes/service-account.ts';
import { createTransport } from '../../../src/kubernetes/transport.ts';
import type { Transport, TransportOptions } from '../../../src/kubernetes/transport.ts';
import { startConnectProxy } from './connect-proxy.ts';
import { startSocksProxy } from './socks-proxy.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';

const stack = useStack();
let namespace: Namespace;

beforeAll(async () => {
  namespace = await stack.namespace();
}, SETUP_TIMEOUT_MS);

function transportFor(access: ClusterAccess, options: TransportOptions = {}): Transport {
  const transport = createTransport(access, options);
  stack.defer(() => transport.close());
  return transport;
}

async function tokenOf(account: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace.name}/serviceaccounts`;
  await stack.api.post(accounts, { metadata: { name: account } });
  return (await stack.api.post<{ status: { token: string } }>(`${accounts}/${account}/token`, {})).status.token;
}

async function whoAmI(transport: Transport): Promise<string> {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const body = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}';
  const { text } = await transport.request({ method: 'POST', path, body });
  return (JSON.parse(text) as { status: { userInfo: { username: string } } }).status.userInfo.username;
}

const user = (account: string): string => `system:serviceaccount:${namespace.name}:${account}`;

/** @param cluster more fields of the cluster, each with a comma before it */
async function kubeconfigWith(name: string, lines: string, cluster = ''): Promise<string> {
  const { url, ca } = stack.credentials;
  const file = join(stack.folder.path, name);
  await writeFile(
    file,
    `apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: k, user: u, namespace: somewhere}}]
clusters: [{name: k, cluster: {server: "${url}", certificate-authority-data: ${Buffer.from(ca).toString('base64')}${cluster}}}]
users:
- name: u
  user:
${lines}
`,
  );
  return file;
}

describe('in a pod', () => {
  it('the mounted token is used, and the new one when the kubelet replaces it', async () => {
    const mount = join(stack.folder.path, 'mount');
    await mkdir(mount);
    await writeFile(join(mount, 'ca.crt'), stack.credentials.ca);
    await writeFile(join(mount, 'namespace'), 'mine');
    await writeFile(join(mount, 'token'), await tokenOf('first'));
    const { hostname, port } = new URL(stack.credentials.url);
    const access = mountedServiceAccount({ KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }, mount);
    expect(access).toMatchObject({ server: stack.credentials.url, namespace: 'mine' });
    if (!access) return;
    const transport = transportFor(access);
    expect(await whoAmI(transport)).toBe(user('first'));

    // The old token ends; the API server believes it for up to ten seconds more.
    await writeFile(join(mount, 'token'), await tokenOf('second'));
    await stack.api.delete(`/api/v1/namespaces/${namespace.name}/serviceaccounts/first`);
    const changed = waitFor(async () => (await whoAmI(transport)) === user('second'), { what: 'the new token to be used', timeoutMs: 25_000, intervalMs: 200 });
    await expect(changed).resolves.toBe(true);
  }, 30_000);
});

describe('with a kubeconfig', () => {
  it.each(['tokenFile', 'token-file'])('a %s is read again when its token is refused, though not for every refusal', async (field) => {
    const tokenFile = join(stack.folder.path, field);
    await writeFile(tokenFile, 'not.a.token');
    let now = 0;
    const clock = { ...systemClock, monotonic: () => now };
    const transport = transportFor(await findClusterAccess({ KUBECONFIG: await kubeconfigWith(`by-${field}`, `    ${field}: ${tokenFile}`) }), { clock });
    await expect(whoAmI(transport)).rejects.toMatchObject({ code: 'API_UNAUTHORIZED' });
    await writeFile(tokenFile, await tokenOf(field.toLowerCase()));
    await expect(whoAmI(transport)).rejects.toMatchObject({ code: 'API_UNAUTHORIZED' });
    now = 5_000;
    expect(await whoAmI(transport)).toBe(user(field.toLowerCase()));
  });

  it('an exec plugin gives the token, and is run again when that is refused', async () => {
    const tokenFile = join(stack.folder.path, 'exec-token');
    const runs = join(stack.folder.path, 'exec-runs');
    const credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}';
    const script = `[ -e ${runs} ] && token=$(cat ${tokenFile}) || token=old; echo run >> ${runs}; printf '${credential}' "$token"`;
    const lines = `    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n      args: ["-c", ${JSON.stringify(script)}]\n      interactiveMode: Never`;
    await writeFile(tokenFile, await tokenOf('by-plugin'));
    const transport = transportFor(await findClusterAccess({ KUBECONFIG: await kubeconfigWith('by-plugin', lines) }));
    expect(await whoAmI(transport)).toBe(user('by-plugin'));
    expect(await whoAmI(transport)).toBe(user('by-plugin'));
    expect(await readFile(runs, 'utf8')).toBe('run\nrun\n');
  });

  it('a plugin that fails is no secret told: the error says where, not what it printed', async () => {
    const lines = `    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n      args: ["-c", "echo hunter2 >&2; exit 1"]`;
    const transport = transportFor(await findClusterAccess({ KUBECONFIG: await kubeconfigWith('broken', lines) }));
    const error: unknown = await whoAmI(transport).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'API_UNAUTHORIZED' });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each([
    ['HTTP', startConnectProxy],
    ['SOCKS', startSocksProxy],
  ])('a proxy-url is gone through, for requests and for watches: %s', async (kind, start) => {
    const proxy = await start();
    stack.defer(() => proxy.stop());
    const account = `by-${kind.toLowerCase()}`;
    const file = await kubeconfigWith(account, `    token: ${await tokenOf(account)}`, `, proxy-url: "${proxy.url}"`);
    const transport = transportFor(await findClusterAccess({ KUBECONFIG: file }));
    for (let count = 0; count < 20; count++) expect(await whoAmI(transport)).toBe(user(account));
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(stack.credentials.url).host]));
    expect(proxy.tunnels.length).toBeLessThanOrEqual(2);
    const lines: string[] = [];
    await transport.stream({ method: 'GET', path: '/livez', query: { verbose: true } }, (line) => lines.push(line));
    expect(lines.join('')).toContain('livez check passed');
  });

  it('a proxy that refuses, or is not there, is named as such', async () => {
    const refusing = createServer().on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    refusing.listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    const { port } = refusing.address() as AddressInfo;
    const through = async (): Promise<Transport> => transportFor(await findClusterAccess({ KUBECONFIG: await kubeconfigWith('refused', '    token: x', `, proxy-url: "http://127.0.0.1:${port}"`) }));
    await expect((await through()).request({ method: 'GET', path: '/version' })).rejects.toMatchObject({ message: 'GET /version: no connection (TUNNEL_REFUSED)' });
    refusing.close();
    refusing.closeAllConnections();
    await once(refusing, 'close');
    await expect((await through()).request({ method: 'GET', path: '/version' })).rejects.toMatchObject({ message: 'GET /version: no connection (ECONNREFUSED)' });
  });

  it('a tls-server-name is what the certificate is checked against', async () => {
    const token = `    token: ${await tokenOf('named')}`;
    const wrong = transportFor(await findClusterAccess({ KUBECONFIG: await kubeconfigWith('wrong-name', token, ', tls-server-name: nowhere.example') }));
    await expect(whoAmI(wrong)).rejects.toMatchObject({ message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as unknown });
    const right = transportFor(await findClusterAccess({ KUBECONFIG: await kubeconfigWith('right-name', token, ', tls-server-name: kubernetes.default.svc') }));
    expect(await whoAmI(right)).toBe(user('named'));
  });

  it('insecure-skip-tls-verify is obeyed', async () => {
    const file = await kubeconfigWith('insecure', `    token: ${await tokenOf('insecure')}`);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/certificate-authority-data: [^}]+/, 'insecure-skip-tls-verify: true'));
    expect(await whoAmI(transportFor(await findClusterAccess({ KUBECONFIG: file })))).toBe(user('insecure'));
  });

  it('certificate files are found next to the kubeconfig that names them', async () => {
    const file = await kubeconfigWith('by-path', `    token: ${await tokenOf('by-path')}`);
    await writeFile(join(stack.folder.path, 'ca.crt'), stack.credentials.ca);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/certificate-authority-data: [^}]+/, 'certificate-authority: ca.crt'));
    expect(await whoAmI(transportFor(await findClusterAccess({ KUBECONFIG: file })))).toBe(user('by-path'));
  });

  it('an auth-provider is left to client-node', async () => {
    const provider = `    auth-provider: {name: oidc, config: {id-token: ${await tokenOf('oidc')}, client-id: c, idp-issuer-url: "https://issuer.invalid"}}`;
    const transport = transportFor(await findClusterAccess({ KUBECONFIG: await kubeconfigWith('oidc', provider) }));
    expect(await whoAmI(transport)).toBe(user('oidc'));
  });

  it('several files count as one, the first that names something wins, and missing ones are passed over', async () => {
    const first = join(stack.folder.path, 'first');
    await writeFile(first, 'apiVersion: v1\nkind: Config\ncurrent-context: c\nusers: [{name: u, user: {token: wrong}}]\n');
    const second = await kubeconfigWith('second', '    token: irrelevant');
    const access = await findClusterAccess({ KUBECONFIG: ['/nowhere/config', first, second].join(':') });
    expect(access).toMatchObject({ server: stack.credentials.url, namespace: 'somewhere' });
    expect((await access.credentials(false)).headers).toEqual({ authorization: 'Bearer wrong' });
  });

  it('a server whose certificate is not the named CA\'s is not talked to', async () => {
    const file = await kubeconfigWith('no-ca', '    token: x');
    const access = await findClusterAccess({ KUBECONFIG: file });
    const transport = transportFor({ ...access, credentials: async () => ({ headers: {}, tls: {} }) });
    await expect(transport.request({ method: 'GET', path: '/version' })).rejects.toMatchObject({
      code: 'API_UNAVAILABLE',
      message: expect.stringContaining('CERT') as unknown,
    });
  });
});

describe('without any', () => {
  it('the error says where was looked', async () => {
    await expect(findClusterAccess({ HOME: stack.folder.path })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(findClusterAccess({ KUBECONFIG: '/nowhere/config' })).rejects.toThrow('KUBECONFIG: no such file: /nowhere/config');
  });

  it('a file that is no kubeconfig is named, and not quoted', async () => {
    const file = join(stack.folder.path, 'junk');
    await writeFile(file, 'users: [{hunter2');
    const error: unknown = await findClusterAccess({ KUBECONFIG: file }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(file) as unknown });
    expect(String(error)).not.toContain('hunter2');
  });
});
