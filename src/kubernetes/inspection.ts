/** What `doctor` asks of the cluster: who may what, which definition is installed, which version answers. */
import { OperatorError, hasCode } from '../errors.ts';
import { DEFINITION_NAME, DEFINITION_REVISION_ANNOTATION } from './definition.ts';
import type { Transport } from './transport.ts';

export interface Permission {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined: any object. */
  readonly name?: string;
  /** Undefined: in all namespaces. */
  readonly namespace?: string | undefined;
}

/** Whether the credentials in use may do it, by the API server's own answer (SelfSubjectAccessReview). */
export async function mayI(transport: Transport, permission: Permission): Promise<boolean> {
  const body = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: permission } });
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const review = await ask<{ status?: { allowed?: boolean } }>(transport, 'POST', path, body);
  return review.status?.allowed === true;
}

export interface InstalledDefinition {
  /** Undefined where the annotation is missing or no number: not our file. */
  readonly revision: number | undefined;
  readonly established: boolean;
  readonly servedVersions: readonly string[];
}

interface CustomResourceDefinition {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly versions?: readonly { readonly name: string; readonly served: boolean }[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Null when it is not installed. @throws API_FORBIDDEN when it may not be read */
export async function installedDefinition(transport: Transport): Promise<InstalledDefinition | null> {
  try {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${DEFINITION_NAME}`;
    const { metadata, spec, status } = await ask<CustomResourceDefinition>(transport, 'GET', path);
    const revision = Number(metadata?.annotations?.[DEFINITION_REVISION_ANNOTATION] ?? Number.NaN);
    return {
      revision: Number.isInteger(revision) ? revision : undefined,
      established: status?.conditions?.some(({ type, status: holds }) => type === 'Established' && holds === 'True') ?? false,
      servedVersions: (spec?.versions ?? []).filter(({ served }) => served).map(({ name }) => name),
    };
  } catch (error) {
    if (hasCode(error, 'API_NOT_FOUND')) return null;
    throw error;
  }
}

/** As kubectl prints it, e.g. `v1.37.2`. */
export async function serverVersion(transport: Transport): Promise<string> {
  const { gitVersion } = await ask<{ gitVersion?: string }>(transport, 'GET', '/version');
  return gitVersion ?? 'unknown';
}

async function ask<T extends object>(transport: Transport, method: 'GET' | 'POST', path: string, body?: string): Promise<Partial<T>> {
  // A review changes nothing, so a POST may be repeated too.
  const { text } = await transport.request({ method, path, retry: true, ...(body === undefined ? {} : { body }) });
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) throw new OperatorError('API_UNAVAILABLE', `${method} ${path}: the answer is not JSON`);
    throw error;
  }
}
