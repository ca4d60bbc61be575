import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { MANIFESTS, objectsIn } from '../../../dev/kustomize.ts';
import type { ManifestObject } from '../../../dev/kustomize.ts';
import { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';

const BASE = `${MANIFESTS}base`;

const stack = useStack();
let api: KubernetesApi;
let kubectl: (...args: readonly string[]) => Promise<string>;
let applied: string;

beforeAll(async () => {
  const controlPlane = await stack.untouchedControlPlane();
  api = new KubernetesApi(controlPlane.credentials);
  stack.defer(() => api.close());
  kubectl = (...args) => stack.kubectl(args, { kubeconfig: controlPlane.kubeconfig });
  applied = await kubectl('apply', '-k', BASE);
  await kubectl('wait', '--for=condition=Established', 'crd/jobs.wordpress.betaweb.ai');
}, SETUP_TIMEOUT_MS);

async function rendered(folder: string): Promise<readonly ManifestObject[]> {
  return objectsIn(await kubectl('kustomize', `${MANIFESTS}${folder}`));
}

async function rulesOf(kind: 'Role' | 'ClusterRole', folder: string): Promise<readonly { readonly apiGroups: readonly string[] }[]> {
  const role = (await rendered(folder)).find((one) => one.kind === kind && one.metadata.name === 'jobs-operator');
  return (role as unknown as { rules: readonly { apiGroups: readonly string[] }[] }).rules;
}

/** `Kind/name` of each. */
function names(objects: readonly ManifestObject[]): readonly string[] {
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

/** The commands of docs/install.md and README.md, against an API server. */
describe('kubectl apply -k manifests/base, on an API server that has nothing of it', () => {
  it('creates every object', async () => {
    const lines = applied.trim().split('\n');
    expect(lines.filter((line) => !line.endsWith(' created'))).toEqual([]);
    expect(lines).toHaveLength((await rendered('base')).length);
  });

  it('leaves nothing to change: neither a second apply nor a diff finds a difference', async () => {
    const versions = (): Promise<string> => kubectl('get', '-k', BASE, '-o', 'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.generation}{"\\n"}{end}');
    const before = await versions();
    await kubectl('apply', '-k', BASE);
    expect(await versions()).toBe(before);
    // A difference is exit code 1, and an error here.
    expect(await kubectl('diff', '-k', BASE)).toBe('');
  });

  it('is accepted as a server-side apply too', async () => {
    const lines = (await kubectl('apply', '--server-side', '--force-conflicts', '--dry-run=server', '-k', BASE)).trim().split('\n');
    expect(lines.filter((line) => !line.endsWith('serverside-applied (server dry run)'))).toEqual([]);
  });

  it('runs the image of this version', async () => {
    const { version } = JSON.parse(await readFile(`${MANIFESTS}../package.json`, 'utf8')) as { version: string };
    for (const folder of ['base', 'overlays/production', 'overlays/tenant']) expect(await kubectl('kustomize', `${MANIFESTS}${folder}`)).toMatch(new RegExp(`image: \\S*jobs-operator:${version}\n`));
  });
});

interface PodTemplate {
  readonly metadata: object;
  readonly spec: { readonly securityContext: object; readonly containers: readonly { readonly securityContext: object }[] };
}

/** What the API server says to a pod of this template: `created`, or its reason to refuse it. */
async function tryPod({ metadata, spec }: PodTemplate): Promise<string> {
  const { status, text } = await api.send('POST', '/api/v1/namespaces/jobs-operator/pods?dryRun=All', { body: { metadata: { ...metadata, generateName: 'pod-' }, spec } });
  return status === 201 ? 'created' : (JSON.parse(text) as { message: string }).message;
}

async function templateOf(kind: 'Deployment' | 'Job', folder: string): Promise<PodTemplate> {
  const object = (await rendered(folder)).find((one) => one.kind === kind);
  return (object as unknown as { spec: { template: PodTemplate } }).spec.template;
}

describe('the namespace', () => {
  beforeAll(async () => {
    await kubectl('apply', '-f', `${MANIFESTS}components/migrate/service-account.yaml`);
  });

  it('admits the pods of the operator and of the migration', async () => {
    expect(await tryPod(await templateOf('Deployment', 'base'))).toBe('created');
    expect(await tryPod(await templateOf('Job', 'overlays/production'))).toBe('created');
  });

  it.each([
    ['as root', { runAsNonRoot: false, runAsUser: 0 }, {}, /runAsNonRoot/],
    ['without a seccomp profile', { seccompProfile: null }, {}, /seccompProfile/],
    ['with a capability', {}, { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }, /capabilities/],
    ['that may gain privileges', {}, { allowPrivilegeEscalation: null }, /allowPrivilegeEscalation/],
  ])('refuses one %s', async (_what, ofPod, ofContainer, reason) => {
    const { metadata, spec } = await templateOf('Deployment', 'base');
    const message = await tryPod({
      metadata,
      spec: {
        ...spec,
        securityContext: { ...spec.securityContext, ...ofPod },
        containers: spec.containers.map((container) => ({ ...container, securityContext: { ...container.securityContext, ...ofContainer } })),
      },
    });
    expect(message).toMatch(/violates PodSecurity "restricted:latest"/);
    expect(message).toMatch(reason);
  });
});

describe('the overlays', () => {
  it('production: what it has beside the base is accepted by the API server', async () => {
    const lines = (await kubectl('apply', '--dry-run=server', '-k', `${MANIFESTS}overlays/production`)).trim().split('\n');
    expect(lines.filter((line) => !/ (created|configured|unchanged) \(server dry run\)$/.test(line))).toEqual([]);
    const base = names(await rendered('base'));
    const more = names(await rendered('overlays/production')).filter((name) => !base.includes(name) && !name.startsWith('ConfigMap/'));
    expect(more).toEqual(['ServiceAccount/jobs-operator-migrate', 'Job/jobs-operator-migrate', 'NetworkPolicy/jobs-operator', 'NetworkPolicy/jobs-operator-database']);
  });

  it('production: the network policies open the ports that the configuration names', async () => {
    const objects = await rendered('overlays/production');
    const text = JSON.stringify(objects.filter(({ kind }) => kind === 'NetworkPolicy'));
    const config = objects.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(config.data).toMatchObject({ DB_PORT: '3306', CLUSTER_NAME: 'production' });
    const container = JSON.stringify(await templateOf('Deployment', 'overlays/production'));
    expect(container).toContain('"containerPort":8080');
    expect(text).toContain('"port":3306');
    expect(text).toContain('"port":8080');
  });

  it('tenant: nothing is cluster-wide, and everything is in the tenant’s namespace', async () => {
    await kubectl('create', 'namespace', 'team-florists');
    const objects = await rendered('overlays/tenant');
    expect(objects.map(({ metadata }) => metadata.namespace)).toEqual(objects.map(() => 'team-florists'));
    expect(JSON.stringify(objects)).not.toContain('"namespace":"jobs-operator"');
    const lines = (await kubectl('apply', '--dry-run=server', '-k', `${MANIFESTS}overlays/tenant`)).trim().split('\n');
    expect(lines.filter((line) => !line.endsWith(' created (server dry run)'))).toEqual([]);
  });

  it('tenant: an operator may do in its namespace what the other may do everywhere', async () => {
    const clusterWide = await rulesOf('ClusterRole', 'base');
    expect(await rulesOf('Role', 'overlays/tenant')).toEqual(clusterWide.filter(({ apiGroups }) => !apiGroups.includes('apiextensions.k8s.io')));
  });
});

describe('the examples', () => {
  it('are Jobs that the API server takes', async () => {
    const lines = (await kubectl('apply', '--dry-run=server', '-f', `${MANIFESTS}examples`)).trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(await waitFor(() => kubectl('apply', '--dry-run=server', '-k', `${MANIFESTS}examples/gitops`), { what: 'the namespace', timeoutMs: 20_000 })).toMatch(/created \(server dry run\)/);
  });

  it('have one of each type, and one with an idempotencyKey', async () => {
    const files = await Promise.all(['clone', 'restore', 'delete'].map(async (type) => ({ type, text: await readFile(`${MANIFESTS}examples/${type}.yaml`, 'utf8') })));
    for (const { type, text } of files) expect(objectsIn(text)).toMatchObject([{ kind: 'Job', spec: { type } }]);
    expect(await rendered('examples/gitops')).toMatchObject([{ kind: 'Job', spec: { idempotencyKey: expect.any(String) } }]);
  });
});
