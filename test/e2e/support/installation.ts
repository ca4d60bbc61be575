/** The manifests on an API server and a MySQL of their own, installed by the documented steps, and their pods as processes. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { grantScript } from '../../../dev/grants.ts';
import { assembleImage } from '../../../dev/image.ts';
import type { Image } from '../../../dev/image.ts';
import { MANIFESTS } from '../../../dev/kustomize.ts';
import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { JOBS_TABLE_SQL } from '../../../dev/manifests.ts';
import { connectTo } from '../../../dev/mysql-server.ts';
import { preparePod } from '../../../dev/pod.ts';
import type { PodOptions, PodTemplate } from '../../../dev/pod.ts';
import { createProgress } from '../../../dev/progress.ts';
import type { Service } from '../../../dev/service.ts';
import { freePort } from '../../support/stack.ts';
import type { ControlPlane, MysqlServer, OperatorProcess, TestStack } from '../../support/stack.ts';
import { Rows } from './rows.ts';

/** Until there is an image: two installations of packages and a build, when nothing is in the cache and the machine is busy. Milliseconds. */
export const IMAGE_TIMEOUT_MS = 600_000;

const PASSWORDS: Readonly<Record<'operator' | 'migrate', string>> = { operator: 'operator-password', migrate: 'migrate-password' };

export interface InstallationOptions {
  /** Default `jobs-operator`, the base's. */
  readonly namespace?: string;
  /** Folders of manifests/components. */
  readonly components: readonly string[];
  /** In the ConfigMap, over the base's. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Installation {
  readonly namespace: string;
  readonly controlPlane: ControlPlane;
  readonly api: KubernetesApi;
  readonly server: MysqlServer;
  /** As the owner of the database. */
  readonly rows: Rows;
  /** The folder that `kubectl apply -k` was given. */
  readonly overlay: string;
  kubectl(...args: readonly string[]): Promise<string>;
  /** A kubeconfig and a client with a token of this service account, as the API server issues it. */
  accountOf(name: string): Promise<{ readonly token: string; readonly api: KubernetesApi }>;
  /** A pod of a Deployment or a Job as the API server has it, not started. */
  pod(kind: 'deployments' | 'jobs', name: string, more?: Pick<PodOptions, 'command' | 'env'>): Promise<OperatorProcess>;
}

export async function install(stack: TestStack, options: InstallationOptions): Promise<Installation> {
  const [controlPlane, server, image] = await Promise.all([stack.untouchedControlPlane(), stack.ownMysqlServer(), assembleImage(createProgress())]);
  const { namespace = 'jobs-operator' } = options;
  const api = new KubernetesApi(controlPlane.credentials);
  stack.defer(() => api.close());
  const kubectl = (...args: readonly string[]): Promise<string> => stack.kubectl(args, { kubeconfig: controlPlane.kubeconfig });
  const rows = await prepareDatabase(stack, server);
  const overlay = await writeOverlay(stack, server, { ...options, namespace });
  if (namespace === 'jobs-operator') {
    await kubectl('apply', '-f', `${MANIFESTS}base/namespace.yaml`);
  } else {
    await kubectl('apply', '-k', `${MANIFESTS}cluster`);
    await kubectl('create', 'namespace', namespace);
  }
  for (const [secret, password] of [['rds-password', PASSWORDS.operator], ['rds-migrate-password', PASSWORDS.migrate]] as const) {
    const file = join(stack.folder.path, secret);
    // As an editor leaves it: the newline is not part of the password.
    await writeFile(file, `${password}\n`);
    await kubectl('-n', namespace, 'create', 'secret', 'generic', secret, `--from-file=password=${file}`);
  }
  await kubectl('apply', '-k', overlay);
  await kubectl('wait', '--for=condition=Established', 'crd/jobs.wordpress.betaweb.ai');
  const installation: Omit<Installation, 'pod'> = {
    namespace,
    controlPlane,
    api,
    server,
    rows,
    overlay,
    kubectl,
    async accountOf(name) {
      const { status } = await api.post<{ status: { token: string } }>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, { spec: { expirationSeconds: 3600 } });
      const client = new KubernetesApi({ ...controlPlane.credentials, token: status.token });
      stack.defer(() => client.close());
      return { token: status.token, api: client };
    },
  };
  return { ...installation, pod: podsOf(stack, installation, image) };
}

/** The steps of docs/install.md. */
async function prepareDatabase(stack: TestStack, server: MysqlServer): Promise<Rows> {
  const admin = await connectTo(server);
  stack.defer(() => Promise.resolve(admin.destroy()));
  await admin.query('CREATE DATABASE wordpress CHARACTER SET utf8mb4; USE wordpress');
  await admin.query(await readFile(JOBS_TABLE_SQL, 'utf8'));
  for (const role of ['operator', 'migrate'] as const) {
    await admin.query(grantScript(role, server, { database: 'wordpress', user: `jobs_${role}`, password: PASSWORDS[role] }));
  }
  const rows = new Rows(await connectTo(server, { database: 'wordpress', ...Rows.EXACT }));
  stack.defer(() => rows.close());
  return rows;
}

async function writeOverlay(stack: TestStack, server: MysqlServer, { namespace, components, settings }: InstallationOptions & { readonly namespace: string }): Promise<string> {
  const overlay = join(stack.folder.path, 'overlay');
  await mkdir(overlay);
  const literals = { DB_HOST: server.host, DB_PORT: server.port, DB_TLS: 'off', CLUSTER_NAME: 'blue', FEED_INTERVAL_MS: 50, PROGRESS_INTERVAL_MS: 200, TTL_SWEEP_INTERVAL_SECONDS: 1, ...settings };
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    // Only where it is another: on cluster-wide objects that kustomize does not know, it would be written too.
    ...(namespace === 'jobs-operator' ? {} : { namespace }),
    resources: [relative(overlay, `${MANIFESTS}base`)],
    components: components.map((name) => relative(overlay, `${MANIFESTS}components/${name}`)),
    configMapGenerator: [{ name: 'jobs-operator-config', namespace: 'jobs-operator', behavior: 'merge', literals: Object.entries(literals).map(([key, value]) => `${key}=${value}`) }],
  };
  await writeFile(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
  return overlay;
}

interface Named {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

function podsOf(stack: TestStack, { namespace, api, controlPlane, accountOf }: Omit<Installation, 'pod'>, image: Image): Installation['pod'] {
  let pods = 0;
  const dataOf = async (plural: string, decode: (text: string) => string): Promise<Record<string, Record<string, string>>> => {
    const { items } = await api.get<{ items: readonly Named[] }>(`/api/v1/namespaces/${namespace}/${plural}`);
    return Object.fromEntries(items.map(({ metadata, data = {} }) => [metadata.name, Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decode(value)]))]));
  };
  return async (kind, name, more = {}) => {
    const group = kind === 'jobs' ? 'batch' : 'apps';
    const { spec } = await api.get<{ spec: { template: PodTemplate & { spec: { serviceAccountName: string } } } }>(`/apis/${group}/v1/namespaces/${namespace}/${kind}/${name}`);
    const port = await freePort();
    const service: Service = await preparePod({
      folder: stack.folder,
      name: `${name}-${(pods += 1)}`,
      namespace,
      template: spec.template,
      image,
      configMaps: await dataOf('configmaps', (text) => text),
      secrets: await dataOf('secrets', (text) => Buffer.from(text, 'base64').toString('utf8')),
      account: { ...controlPlane.credentials, token: (await accountOf(spec.template.spec.serviceAccountName)).token },
      ...more,
      // Pods of a test have one network.
      env: { HTTP_HOST: '127.0.0.1', HTTP_PORT: String(port), ...more.env },
    });
    stack.defer(() => service.kill('SIGKILL'));
    return { service, url: `http://127.0.0.1:${port}` };
  };
}
