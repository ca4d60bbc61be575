/**
 * The two kinds of the benchmark: the Job of the contract, and its double in a group of its own, which no operator watches. The floor is
 * measured on the double: same definition, same size, same cost to the API server, and nobody else's writes in between.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installDefinition, JOBS_DEFINITION } from '../dev/custom-resource-definition.ts';
import type { KubernetesApi } from '../dev/kubernetes-api.ts';
import type { Write } from './lean-client.ts';

export const NAMESPACE = 'bench';

const GROUP = 'wordpress.betaweb.ai';
const DOUBLE_GROUP = 'floor.wordpress.betaweb.ai';

/** An operator is a manager of fields of its own, next to who made the Job. */
const AS_OPERATOR = '?fieldManager=floor-operator';

export class JobKind {
  readonly group: string;

  constructor(group: string) {
    this.group = group;
  }

  get path(): string {
    return `/apis/${this.group}/v1alpha1/namespaces/${NAMESPACE}/jobs`;
  }

  create(name: string, finalizers: readonly string[] = []): Write {
    const spec = { type: 'clone', requestPayload: payloadOf(name) };
    return { method: 'POST', path: this.path, body: JSON.stringify({ apiVersion: `${this.group}/v1alpha1`, kind: 'Job', metadata: { name, finalizers }, spec }) };
  }

  setFinalizers(name: string, finalizers: readonly string[]): Write {
    return { method: 'PATCH', path: `${this.path}/${name}${AS_OPERATOR}`, contentType: 'application/merge-patch+json', body: JSON.stringify({ metadata: { finalizers } }) };
  }

  setStatus(name: string, status: object): Write {
    const body = JSON.stringify([{ op: 'replace', path: '/status', value: status }]);
    return { method: 'PATCH', path: `${this.path}/${name}/status${AS_OPERATOR}`, contentType: 'application/json-patch+json', body };
  }

  remove(name: string): Write {
    return { method: 'DELETE', path: `${this.path}/${name}` };
  }
}

export const JOB = new JobKind(GROUP);
export const DOUBLE = new JobKind(DOUBLE_GROUP);

/** Both definitions, and the namespace. @param folder for the double's definition */
export async function installKinds(api: KubernetesApi, folder: string): Promise<void> {
  await installDefinition(api);
  const double = (await readFile(JOBS_DEFINITION, 'utf8')).replaceAll(GROUP, DOUBLE_GROUP).replace('shortNames: [wpjobs, wpjob]', 'shortNames: []');
  const file = join(folder, 'double.yaml');
  await writeFile(file, double);
  await installDefinition(api, file);
  await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
}

/** What a clone of a site is asked for with: some 300 bytes. */
function payloadOf(name: string): object {
  return {
    source_url: `https://${name}.example.com`,
    target_url: `https://${name}.staging.example.com`,
    customer_id: '4711',
    options: { database: true, uploads: true, plugins: ['woocommerce', 'wordpress-seo', 'akismet'], exclude: ['wp-content/cache'], timeout_seconds: 1800 },
  };
}
