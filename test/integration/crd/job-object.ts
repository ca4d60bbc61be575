/** Jobs as a user writes them, and what the API server says to changes of them. */
import type { ApiRequestOptions, KubernetesApi } from '../../../dev/kubernetes-api.ts';

export interface JobObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly finalizers?: readonly string[] };
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface StoredJob extends JobObject {
  readonly metadata: JobObject['metadata'] & { readonly uid: string; readonly resourceVersion: string; readonly generation: number };
  readonly status?: Readonly<Record<string, unknown>>;
}

export function jobObject(name: string, spec: Readonly<Record<string, unknown>> = {}, finalizers: readonly string[] = []): JobObject {
  return {
    apiVersion: 'wordpress.betaweb.ai/v1alpha1',
    kind: 'Job',
    metadata: { name, finalizers },
    spec: { type: 'clone', requestPayload: { site: 'a.example' }, ...spec },
  };
}

/** The words of the refusal, or "accepted". */
export async function verdict(
  api: KubernetesApi,
  method: 'POST' | 'PUT' | 'PATCH',
  path: string,
  body: string | object,
  contentType?: string,
): Promise<string> {
  const options: ApiRequestOptions = contentType === undefined ? { body } : { body, contentType };
  const { status, text } = await api.send(method, path, options);
  if (status < 300) return 'accepted';
  return `${status} ${(JSON.parse(text) as { message: string }).message}`;
}

export const merge = async (api: KubernetesApi, path: string, patch: object): Promise<string> =>
  verdict(api, 'PATCH', path, patch, 'application/merge-patch+json');
