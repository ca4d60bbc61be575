/** Rendering the manifests, by the kustomize that is inside kubectl. */

import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { findBinaries } from './binaries.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';

/** The folder manifests/, with a slash at its end. */
export const MANIFESTS = fileURLToPath(new URL('../manifests/', import.meta.url));

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** The YAML of a folder with a kustomization.yaml, its path absolute. @throws Error with kustomize's own words */
export async function render(folder: string, progress: Progress): Promise<string> {
  const { kubectl } = await findBinaries(['kubectl'], progress);
  return runCommand(kubectl, ['kustomize', folder]);
}

/** The objects of a text of YAML documents. */
export function objectsIn(yaml: string): readonly ManifestObject[] {
  return (loadAll(yaml) as (ManifestObject | null)[]).filter((one) => one !== null);
}
