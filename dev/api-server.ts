/** kube-apiserver with RBAC, an administrator's token and service account tokens; no other part of Kubernetes runs. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubernetesApi } from './kubernetes-api.ts';
import type { KubernetesCredentials } from './kubernetes-api.ts';
import { onFreePort } from './ports.ts';
import type { RunFolder } from './run-folder.ts';
import { Service } from './service.ts';

export interface ApiServer {
  readonly service: Service;
  /** Of a user in the group system:masters. */
  readonly credentials: KubernetesCredentials;
}

export interface ApiServerOptions {
  readonly binary: string;
  readonly folder: RunFolder;
  readonly etcdUrl: string;
  /** More flags; of one given twice kube-apiserver takes the last. */
  readonly flags?: readonly string[];
  /** Default false: a pod needs no service account. True as everywhere else: it needs one that is there, and gets its token mounted. */
  readonly podsNeedServiceAccounts?: boolean;
}

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const folder = join(options.folder.path, 'api-server');
  await mkdir(folder, { recursive: true });
  const token = randomBytes(24).toString('hex');
  await writeFile(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  await writeServiceAccountKeys(folder);
  return onFreePort((port) => startOn(port, folder, token, options));
}

async function startOn(port: number, folder: string, token: string, options: ApiServerOptions): Promise<ApiServer> {
  const url = `https://127.0.0.1:${port}`;
  const service = new Service({
    name: 'kube-apiserver',
    folder: options.folder,
    command: options.binary,
    args: [
      ...flagsFor(port, folder, options.etcdUrl),
      // It waits for a "default" service account that only a controller-manager would make.
      ...(options.podsNeedServiceAccounts === true ? [] : ['--disable-admission-plugins=ServiceAccount']),
      ...(options.flags ?? []),
    ],
    async probe() {
      const api = new KubernetesApi({ url, ca: readCertificate(folder), token });
      try {
        await api.text('GET', '/readyz');
        // Ready is said a little before the RBAC bootstrap lets everybody in who should be.
        await api.text('GET', '/api/v1/namespaces/default');
      } finally {
        await api.close();
      }
    },
  });
  await service.start();
  return { service, credentials: { url, ca: readCertificate(folder), token } };
}

function flagsFor(port: number, folder: string, etcdUrl: string): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    // It makes its own certificate for 127.0.0.1 here, and finds it again at a restart: no openssl needed.
    `--cert-dir=${folder}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(folder, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // Nobody reaches this server through the Service "kubernetes", and loopback is no address for an endpoint.
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    '--v=1',
  ];
}

/** The self-signed certificate is its own authority. Until the server has written it there is nothing to trust. */
function readCertificate(folder: string): string {
  const file = join(folder, 'apiserver.crt');
  if (!existsSync(file)) throw new Error('it has not made its certificate yet');
  return readFileSync(file, 'utf8');
}

async function writeServiceAccountKeys(folder: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  });
  await writeFile(join(folder, 'service-account.key'), privateKey, { mode: 0o600 });
  await writeFile(join(folder, 'service-account.pub'), publicKey);
}
