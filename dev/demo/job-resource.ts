/** The Job resource as the demo reads it from the API server: nothing of the operator's own code is used to look. */

import { isDeepStrictEqual } from 'node:util';
import type { KubernetesApi } from '../kubernetes-api.ts';

export interface JobCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface JobResource {
  readonly metadata: { readonly name: string; readonly uid: string; readonly creationTimestamp: string; readonly finalizers?: readonly string[] };
  readonly spec: { readonly type: string; readonly requestPayload: unknown };
  readonly status: {
    readonly jobId?: string;
    readonly phase?: string;
    readonly progress?: number;
    readonly result?: unknown;
    readonly error?: string;
    readonly completedAt?: string;
    readonly expiresAt?: string;
    readonly conditions?: readonly JobCondition[];
  };
}

export function jobsPath(namespace: string): string {
  return `/apis/wordpress.betaweb.ai/v1alpha1/namespaces/${namespace}/jobs`;
}

/** All Jobs of a namespace by name, in the order of their names; integers are exact (`exactJson`). */
export async function listJobs(api: KubernetesApi, namespace: string): Promise<Map<string, JobResource>> {
  const list = exactJson(await api.text('GET', jobsPath(namespace))) as { items: readonly JobResource[] };
  return new Map(list.items.map((job) => [job.metadata.name, job]));
}

export function conditionOf(job: JobResource | undefined, type: string): JobCondition | undefined {
  return job?.status.conditions?.find((condition) => condition.type === type);
}

export function isFinished(job: JobResource | undefined): boolean {
  return ['Completed', 'Failed', 'Cancelled'].includes(job?.status.phase ?? '');
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Parsed JSON in which an integer that a JavaScript number cannot hold is a bigint. */
export function exactJson(text: string): unknown {
  return JSON.parse(text, keepInteger as Parameters<typeof JSON.parse>[1]) as unknown;
}

const keepInteger: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? BigInt(source) : value;

/** The same value, key order aside. */
export function sameValue(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(left, right);
}
