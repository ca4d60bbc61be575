/** What GitOps tools make of a Job: their own code, with the expressions and scripts of our components as kustomize renders them. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, loadAll } from 'js-yaml';
import { findGoTool } from '../../../dev/go-tools.ts';
import { createProgress } from '../../../dev/progress.ts';
import { runCommand } from '../../../dev/run-command.ts';
import type { TestStack } from '../../support/stack.ts';

/** For a hook that may be the first to need the judges: they are built once. Milliseconds. */
export const JUDGES_TIMEOUT_MS = 900_000;

export interface Health {
  readonly status: string;
  readonly message?: string;
}

export interface Verdict {
  readonly kstatus: Health;
  /** By the name of the expressions. */
  readonly flux: Readonly<Record<string, Health>>;
  readonly argo: Health;
  /** `patch` is the merge patch that Argo CD sends when somebody takes the action. */
  readonly actions: Readonly<Record<string, { readonly disabled: boolean; readonly displayName?: string; readonly patch: object }>>;
}

/** Of an entry of `healthCheckExprs`. */
export interface HealthCheckExpressions {
  readonly inProgress?: string;
  readonly failed?: string;
  readonly current: string;
}

export interface Judges {
  /** @param jobs as the API server prints them */
  judge(jobs: readonly string[], expressions?: Readonly<Record<string, HealthCheckExpressions>>): Promise<readonly Verdict[]>;
}

const COMPONENTS = fileURLToPath(new URL('../../../manifests/components/', import.meta.url));

/** What the components are for: Argo CD's ConfigMap, and a Kustomization of Flux, as their users have them. */
const TARGETS = `
apiVersion: v1
kind: ConfigMap
metadata: { name: argocd-cm, namespace: argocd, labels: { app.kubernetes.io/part-of: argocd } }
data: { admin.enabled: "false" }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: sites, namespace: flux-system, labels: { wordpress.betaweb.ai/health-checks: "true" } }
spec: { interval: 5m, path: ./sites, prune: true, wait: true, sourceRef: { kind: GitRepository, name: sites } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: unlabelled, namespace: flux-system }
spec: { interval: 5m, path: ./other, prune: true, sourceRef: { kind: GitRepository, name: sites } }
`;

export interface Rendered {
  readonly argocdCm: { readonly metadata: object; readonly data: Readonly<Record<string, string>> };
  /** By name. */
  readonly kustomizations: Readonly<Record<string, { readonly healthCheckExprs?: readonly (HealthCheckExpressions & { readonly apiVersion: string; readonly kind: string })[] }>>;
}

/** The targets with both components. */
export async function renderComponents(stack: TestStack): Promise<Rendered> {
  const folder = join(stack.folder.path, 'gitops-components');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'targets.yaml'), TARGETS);
  const components = ['argo-cd', 'flux'].map((name) => relative(folder, join(COMPONENTS, name)));
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify({ resources: ['targets.yaml'], components }));
  const objects = loadAll(await stack.kubectl(['kustomize', folder])) as { kind: string; metadata: { name: string }; data: Record<string, string>; spec: object }[];
  const argocdCm = objects.find(({ kind }) => kind === 'ConfigMap');
  if (argocdCm === undefined) throw new Error('kustomize rendered no ConfigMap');
  const kustomizations = objects.filter(({ kind }) => kind === 'Kustomization').map(({ metadata, spec }) => [metadata.name, spec]);
  return { argocdCm, kustomizations: Object.fromEntries(kustomizations) as Rendered['kustomizations'] };
}

interface ActionsYaml {
  readonly 'discovery.lua': string;
  readonly definitions: readonly { readonly name: string; readonly 'action.lua': string }[];
}

export async function openJudges(stack: TestStack): Promise<Judges> {
  const [program, { argocdCm, kustomizations }] = await Promise.all([findGoTool('gitops', createProgress()), renderComponents(stack)]);
  const actions = load(argocdCm.data['resource.customizations.actions.wordpress.betaweb.ai_Job'] ?? '') as ActionsYaml;
  const argo = {
    health: argocdCm.data['resource.customizations.health.wordpress.betaweb.ai_Job'],
    discovery: actions['discovery.lua'],
    definitions: actions.definitions.map((definition) => ({ name: definition.name, action: definition['action.lua'] })),
  };
  const component = kustomizations['sites']?.healthCheckExprs?.[0];
  if (component === undefined) throw new Error('the component gives no healthCheckExprs');
  return {
    async judge(jobs, expressions = {}) {
      const rest = JSON.stringify({ argo, flux: { component, ...expressions } }).slice(1);
      // Put together as text, so that whole numbers stay what they are.
      const request = `{"objects":[${jobs.join(',')}],${rest}`;
      return JSON.parse(await runCommand(program, [], { input: request, timeoutMs: 60_000 })) as Verdict[];
    },
  };
}
