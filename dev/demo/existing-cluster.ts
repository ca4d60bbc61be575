/** `DEMO_CONTEXT=name`: a cluster of the user's kubeconfig, of which the demo uses one temporary namespace. */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { findBinaries } from '../binaries.ts';
import { installDefinition, JOBS_DEFINITION } from '../custom-resource-definition.ts';
import { KubernetesApi } from '../kubernetes-api.ts';
import type { Progress } from '../progress.ts';
import { runCommand, whichProgram } from '../run-command.ts';
import type { RunFolder } from '../run-folder.ts';
import { Service } from '../service.ts';
import { reasonOf, SetupError } from '../setup-error.ts';
import type { CleanUps } from '../clean-ups.ts';
import { kubectlFor, serverVersion } from './cluster.ts';
import type { DemoCluster } from './cluster.ts';
import { refuseIfOperated } from './foreign-operator.ts';

const REVISION = 'wordpress.betaweb.ai/crd-revision';

interface Definition {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
}

interface Kubeconfig {
  readonly contexts: readonly { readonly context: Readonly<Record<string, unknown>> }[];
}

/** @throws SetupError when there is no such context, no answer, or an operator that would take the demo's Jobs for work. */
export async function useExistingCluster(context: string, folder: RunFolder, progress: Progress, cleanUps: CleanUps): Promise<DemoCluster> {
  const program = whichProgram('kubectl') ?? (await findBinaries(['kubectl'], progress)).kubectl;
  const namespace = `jobs-demo-${randomBytes(3).toString('hex')}`;
  const kubeconfig = await extractContext(program, context, namespace, folder);
  const kubectl = kubectlFor(program, kubeconfig, folder);
  try {
    await kubectl(['get', '--raw', '/version', '--request-timeout=10s']);
  } catch (error) {
    throw new SetupError(`The cluster of context ${context} cannot be used (${reasonOf(error)}): correct DEMO_CONTEXT, or unset it for a cluster of the demo's own.`, { cause: error });
  }
  const api = await startProxy(program, kubeconfig, folder, cleanUps);
  const hadDefinition = await ensureDefinition(api, context, progress);
  await createNamespace(api, namespace, context, progress, cleanUps);
  const cluster: DemoCluster = {
    description: `${await serverVersion(api)}, context ${context}, namespace ${namespace}`,
    api,
    namespace,
    kubeconfig,
    kubectl,
  };
  if (hadDefinition) await refuseIfOperated(cluster, progress);
  return cluster;
}

/** A kubeconfig with this context alone, complete in itself: the user's own file and its current context stay as they are. */
async function extractContext(program: string, context: string, namespace: string, folder: RunFolder): Promise<string> {
  let text: string;
  try {
    text = await runCommand(program, ['config', 'view', '--raw', '--flatten', '--minify', `--context=${context}`, '--output=json']);
  } catch (error) {
    const known = (await runCommand(program, ['config', 'get-contexts', '--output=name'])).trim().split('\n').join(', ');
    throw new SetupError(
      known === ''
        ? `DEMO_CONTEXT=${context} names a context, and your kubeconfig has none: set KUBECONFIG to one that has, or unset DEMO_CONTEXT for a cluster of the demo's own.`
        : `DEMO_CONTEXT=${context} is no context of your kubeconfig, which has ${known}: name one of them, or unset it.`,
      { cause: error },
    );
  }
  const config = JSON.parse(text) as Kubeconfig;
  const contexts = config.contexts.map((entry) => ({ ...entry, context: { ...entry.context, namespace } }));
  const path = join(folder.path, 'kubeconfig');
  await writeFile(path, JSON.stringify({ ...config, contexts }), { mode: 0o600 });
  return path;
}

/** kubectl knows every way to log in. Its socket is in a folder that nobody else may enter. */
async function startProxy(program: string, kubeconfig: string, folder: RunFolder, cleanUps: CleanUps): Promise<KubernetesApi> {
  const socketPath = join(folder.path, 'kubectl-proxy.sock');
  const api = new KubernetesApi({ url: 'http://localhost', socketPath });
  const proxy = new Service({
    name: 'kubectl-proxy',
    folder,
    command: program,
    args: [`--kubeconfig=${kubeconfig}`, 'proxy', `--unix-socket=${socketPath}`],
    async probe() {
      await api.text('GET', '/version');
    },
    readyTimeoutMs: 20_000,
  });
  cleanUps.defer(async () => {
    await api.close();
    await proxy.kill('SIGKILL');
  });
  await proxy.start();
  return api;
}

/** Whether the cluster had the definition. What it has is left alone: Jobs of others depend on it. */
async function ensureDefinition(api: KubernetesApi, context: string, progress: Progress): Promise<boolean> {
  const ours = load(await readFile(JOBS_DEFINITION, 'utf8')) as Definition;
  const { name } = ours.metadata;
  const answer = await api.send('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
  if (answer.status === 404) {
    progress.say(`Installing crds/jobs.yaml in ${context}. It stays there; to remove it, and every such Job with it:`);
    progress.say(`  kubectl --context=${context} delete crd ${name}`);
    await installDefinition(api);
    return false;
  }
  if (answer.status !== 200) throw new SetupError(`The custom resource definitions of ${context} cannot be read (${answer.status}): use a context that may.`);
  const theirs = (JSON.parse(answer.text) as Definition).metadata.annotations?.[REVISION];
  const wanted = ours.metadata.annotations?.[REVISION];
  progress.say(
    theirs === wanted
      ? `The cluster has the definition ${name} already.`
      : `The cluster has another revision of ${name} (${theirs ?? 'none noted'}, here it is ${wanted}), which is left as it is.`,
  );
  return true;
}

async function createNamespace(api: KubernetesApi, namespace: string, context: string, progress: Progress, cleanUps: CleanUps): Promise<void> {
  cleanUps.defer(async () => {
    progress.say(`Removing the namespace ${namespace} from ${context} …`);
    await letGoOfJobs(api, namespace);
    const answer = await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
    if (answer.status >= 300 && answer.status !== 404) {
      progress.say(`It could not be removed (${answer.status}): kubectl --context=${context} delete namespace ${namespace}`);
    }
  });
  await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'app.kubernetes.io/created-by': 'jobs-operator-demo' } } });
}

/** Our operator has gone by now, or never came up: a finalizer that is still there would hold the namespace for ever. */
async function letGoOfJobs(api: KubernetesApi, namespace: string): Promise<void> {
  const path = `/apis/wordpress.betaweb.ai/v1alpha1/namespaces/${namespace}/jobs`;
  const answer = await api.send('GET', path);
  if (answer.status !== 200) return;
  const { items } = JSON.parse(answer.text) as { items: readonly { readonly metadata: { readonly name: string } }[] };
  for (const { metadata } of items) {
    const body = { metadata: { finalizers: null } };
    await api.send('PATCH', `${path}/${metadata.name}`, { body, contentType: 'application/merge-patch+json' });
    await api.send('DELETE', `${path}/${metadata.name}`);
  }
}
