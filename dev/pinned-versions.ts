/** Versions of programs that are built here: said once, in the go.mod that they are built from. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with the go.mod that the control plane is built from. */
export const TOOLS_FOLDER = fileURLToPath(new URL('./tools/', import.meta.url));

/** Kubernetes' version, with its "v". */
export function kubernetesVersion(): string {
  return pinnedVersion(TOOLS_FOLDER, 'k8s.io/kubernetes');
}

/** The version of a module that the go.mod of a folder requires, with its "v". */
export function pinnedVersion(folder: string, module: string): string {
  const line = readFileSync(join(folder, 'go.mod'), 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`require ${module} v`));
  const version = line?.split(' ')[2];
  if (version === undefined) throw new Error(`${folder}go.mod does not require ${module} on a line of its own`);
  return version;
}
