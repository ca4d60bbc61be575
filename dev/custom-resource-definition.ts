/** Installing crds/jobs.yaml in an API server. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import type { KubernetesApi } from './kubernetes-api.ts';
import { waitFor } from './wait-for.ts';

/** The definition that the project ships. */
export const JOBS_DEFINITION = fileURLToPath(new URL('../crds/jobs.yaml', import.meta.url));

interface Definition {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Applies the definition and waits until its resources can be listed (the discovery of a new kind takes a moment). */
export async function installDefinition(api: KubernetesApi, file: string = JOBS_DEFINITION): Promise<void> {
  const definition = load(await readFile(file, 'utf8')) as Definition & {
    spec: { group: string; names: { plural: string }; versions: readonly { name: string }[] };
  };
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
  await api.apply(path, definition);
  const { group, names, versions } = definition.spec;
  await waitFor(
    async () => {
      const { status } = await api.get<Definition>(path);
      if (status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') !== true) return false;
      await Promise.all(versions.map((version) => api.text('GET', `/apis/${group}/${version.name}/${names.plural}?limit=1`)));
      return true;
    },
    { what: `${definition.metadata.name} to be established`, timeoutMs: 30_000 },
  );
}
