/** The monitoring component as kustomize renders it, on top of the base. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import type { TestStack } from './stack.ts';

const MANIFESTS = fileURLToPath(new URL('../../manifests/', import.meta.url));

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly AlertRule[];
}

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Labelled {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

export interface Monitoring {
  readonly groups: readonly RuleGroup[];
  readonly dashboard: Labelled & { readonly panels: readonly Panel[] };
  readonly serviceMonitor: Labelled & {
    readonly spec: { readonly jobLabel: string; readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }; readonly endpoints: readonly { readonly port: string; readonly path: string }[] };
  };
  readonly service: Labelled & { readonly spec: { readonly ports: readonly { readonly name: string }[] } };
}

interface Rendered extends Labelled {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

export async function renderMonitoring(stack: TestStack): Promise<Monitoring> {
  const folder = join(stack.folder.path, 'monitoring');
  await mkdir(folder, { recursive: true });
  const pathTo = (name: string): string => relative(folder, join(MANIFESTS, name));
  await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify({ resources: [pathTo('base')], components: [pathTo('components/monitoring')] }));
  const objects = loadAll(await stack.kubectl(['kustomize', folder])) as Rendered[];
  const only = (kind: string, suits: (object: Rendered) => boolean = () => true): Rendered => {
    const [object, ...others] = objects.filter((one) => one.kind === kind && suits(one));
    if (object === undefined || others.length > 0) throw new Error(`there is not exactly one ${kind}`);
    return object;
  };
  const configMap = only('ConfigMap', ({ data }) => data?.['jobs-operator.json'] !== undefined);
  const { panels } = JSON.parse(configMap.data?.['jobs-operator.json'] ?? '') as { panels: readonly Panel[] };
  return {
    groups: (only('PrometheusRule').spec as { groups: readonly RuleGroup[] }).groups,
    dashboard: { metadata: configMap.metadata, panels },
    serviceMonitor: only('ServiceMonitor') as unknown as Monitoring['serviceMonitor'],
    service: only('Service') as unknown as Monitoring['service'],
  };
}
