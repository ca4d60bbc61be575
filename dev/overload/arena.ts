/** Where a scene takes place: an operator at work on a namespace and a database of its own. */

import type { Database } from '../database.ts';
import type { KubernetesApi, KubernetesCredentials } from '../kubernetes-api.ts';
import type { OperatorProcess } from '../operator.ts';

export interface Arena {
  /** As the administrator. */
  readonly api: KubernetesApi;
  readonly credentials: KubernetesCredentials;
  readonly namespace: string;
  readonly database: Database;
  readonly operator: OperatorProcess;
}

export function jobsPath({ namespace }: Pick<Arena, 'namespace'>): string {
  return `/apis/wordpress.betaweb.ai/v1alpha1/namespaces/${namespace}/jobs`;
}

/** Does the work. @throws when the operator ends meanwhile, which no load excuses */
export function whileOperatorLives<T>({ operator: { service } }: Pick<Arena, 'operator'>, work: () => Promise<T>): Promise<T> {
  const end = service.ended.then((how) => {
    throw new Error(`the operator ended (${how}); the end of its log:\n${service.log().slice(-2_000)}`);
  });
  return Promise.race([work(), end]);
}
