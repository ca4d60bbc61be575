/** The control plane's versions: said once, in `dev/tools/go.mod`. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder with the go.mod that the control plane is built from. */
export const TOOLS_FOLDER = fileURLToPath(new URL('./tools/', import.meta.url));

/** Kubernetes' version, with its "v". */
export function kubernetesVersion(): string {
  const text = readFileSync(new URL('go.mod', new URL('./tools/', import.meta.url)), 'utf8');
  const version = /^require k8s\.io\/kubernetes (v\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error('dev/tools/go.mod does not require k8s.io/kubernetes on a line of its own');
  return version;
}
