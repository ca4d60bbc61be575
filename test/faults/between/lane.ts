/** Where one fault is played: an operator of its own between a namespace and a database, and everything that is seen of them from outside. */

import { startDiary, readDiary } from '../../../dev/row-diary.ts';
import type { DiaryEntry } from '../../../dev/row-diary.ts';
import { History } from '../../../dev/soak/history.ts';
import { OPERATOR } from '../../../dev/soak/logins.ts';
import type { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { CREATE_JOBS_TABLE } from '../../../src/database/jobs-table.ts';
import { Jobs } from '../../e2e/support/jobs.ts';
import { Metrics } from '../../../dev/metrics.ts';
import { Rows } from '../../e2e/support/rows.ts';
import type { Database, KubernetesCredentials, Namespace, OperatorProcess, TestStack } from '../../support/stack.ts';
import { Play } from './cast.ts';

/** What a lane is made of; users, workers and whoever looks go around the fault. */
export interface LaneParts {
  readonly database: Database;
  readonly cluster: { readonly api: KubernetesApi; readonly credentials: KubernetesCredentials; readonly namespace: Namespace };
  /** How the operator gets there. */
  readonly ways: { readonly mysql: { readonly host: string; readonly port: number }; readonly kubeconfig: string };
  readonly env: Readonly<Record<string, string>>;
  /** What the database's clock says, milliseconds since the epoch; default the machine's. */
  readonly databaseNow?: () => number;
}

export interface Lane {
  readonly namespace: Namespace;
  readonly database: Database;
  readonly jobs: Jobs;
  /** As a worker who is not the operator. */
  readonly rows: () => Rows;
  /** Anew, since its server has been away. */
  readonly reconnect: () => Promise<void>;
  readonly play: Play;
  readonly operator: OperatorProcess;
  readonly metrics: Metrics;
  /** Every version of every Job. */
  readonly history: History;
  /** Of the Jobs as they are now. */
  readonly resourceVersion: () => Promise<string>;
  /** The database's clock is the machine's. */
  readonly isTimeShared: boolean;
  /** Everything that happened to the rows. */
  readonly diary: () => Promise<readonly DiaryEntry[]>;
  readonly close: () => Promise<void>;
}

const QUICK = { FEED_INTERVAL_MS: '250', PROGRESS_INTERVAL_MS: '200', TTL_SWEEP_INTERVAL_SECONDS: '1', TTL_SWEEP_FOREIGN_GRACE_SECONDS: '0' };

export async function openLane(stack: TestStack, { database, cluster, ways, env, databaseNow }: LaneParts): Promise<Lane> {
  const { api, credentials, namespace } = cluster;
  const admin = await database.connectAsAdmin();
  await admin.query(CREATE_JOBS_TABLE);
  await startDiary(admin);
  await admin.end();
  const connect = async (): Promise<Rows> => new Rows(await database.connect(Rows.EXACT));
  let rows = await connect();
  const history = new History(credentials, namespace.jobsPath);
  const watching = new AbortController();
  const watch = history.run(watching.signal);
  const operator = await stack.operator({
    database: { ...database, ...ways.mysql },
    kubeconfig: ways.kubeconfig,
    env: { ...QUICK, WATCH_NAMESPACES: namespace.name, LEASE_NAMESPACE: namespace.name, ...env },
  });
  const jobs = new Jobs(api, namespace);
  return {
    namespace,
    database,
    jobs,
    rows: () => rows,
    async reconnect() {
      await rows.close();
      rows = await connect();
    },
    play: new Play(jobs, databaseNow ?? Date.now),
    isTimeShared: databaseNow === undefined,
    operator,
    metrics: new Metrics(operator.url),
    history,
    resourceVersion: async () => (await api.get<{ metadata: { resourceVersion: string } }>(namespace.jobsPath)).metadata.resourceVersion,
    async diary() {
      const entries = await readDiary(rows.connection);
      // The rules know it by that name; each lane has a login of its own.
      return entries.map((entry) => ({ ...entry, who: entry.who === database.user ? OPERATOR : entry.who }));
    },
    async close() {
      await operator.service.kill('SIGKILL');
      watching.abort();
      await Promise.all([watch, rows.close()]);
    },
  };
}
