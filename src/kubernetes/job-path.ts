/** Where Jobs live on the API server. */
import { API_VERSION, PLURAL } from '../job/resource.ts';

/** All Jobs of one namespace, or of the cluster. */
export function jobsPath(namespace?: string): string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/${API_VERSION}${within}/${PLURAL}`;
}

export function jobPath({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${jobsPath(namespace)}/${encodeURIComponent(name)}`;
}
