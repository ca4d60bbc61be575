/** One operator at work: a namespace and a database of its own, and the process between them. Files run side by side on one API server. */

import type { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import type { TestStack, Database, MysqlServer, Namespace, OperatorProcess } from '../../support/stack.ts';
import { Jobs } from './jobs.ts';
import { Metrics } from '../../../dev/metrics.ts';
import { Rows } from './rows.ts';

export interface SceneOptions {
  /** Over `QUICK`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the run's server. */
  readonly server?: MysqlServer;
  /** Default: an empty one of its own. */
  readonly database?: Database;
  /** Default: one of its own. */
  readonly namespace?: Namespace;
  /** Where the namespace is, and who the operator is there; default: the run's cluster, and its administrator. */
  readonly cluster?: { readonly api: KubernetesApi; readonly kubeconfig: string };
  /** Before the operator starts: rows, tables, Jobs that are there already. */
  readonly before?: (scene: Omit<Scene, 'operator' | 'metrics'>) => Promise<void>;
  /** Default true; false: made, but not started (`scene.operator.service.start()`). */
  readonly start?: boolean;
}

export interface Scene {
  readonly namespace: Namespace;
  readonly database: Database;
  readonly jobs: Jobs;
  readonly rows: Rows;
  readonly operator: OperatorProcess;
  readonly metrics: Metrics;
}

/** Short intervals, so that nothing is waited for longer than it takes. Foreign rows are of no other operator here. */
const QUICK = {
  FEED_INTERVAL_MS: '50',
  PROGRESS_INTERVAL_MS: '200',
  TTL_SWEEP_INTERVAL_SECONDS: '1',
  TTL_SWEEP_FOREIGN_GRACE_SECONDS: '0',
  HTTP_HOST: '127.0.0.1',
};

export async function openScene(stack: TestStack, options: SceneOptions = {}): Promise<Scene> {
  const [namespace, database] = await Promise.all([options.namespace ?? stack.namespace(), options.database ?? stack.database(options.server)]);
  const rows = new Rows(await database.connect(Rows.EXACT));
  stack.defer(() => rows.close());
  const scene = { namespace, database, jobs: new Jobs(options.cluster?.api ?? stack.api, namespace), rows };
  await options.before?.(scene);
  const kubeconfig = options.cluster?.kubeconfig ?? stack.kubeconfig;
  const settings = { database, kubeconfig, env: { ...QUICK, WATCH_NAMESPACES: namespace.name, ...options.env } };
  const operator = options.start === false ? await stack.unstartedOperator(settings) : await stack.operator(settings);
  return { ...scene, operator, metrics: new Metrics(operator.url) };
}
