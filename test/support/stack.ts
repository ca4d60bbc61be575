/** What a test file asks of the run's stack, and of pieces of its own; all of it goes away with the file. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, jest } from '@jest/globals';
import { findBinaries } from '../../dev/binaries.ts';
import { startControlPlane } from '../../dev/control-plane.ts';
import type { ControlPlane } from '../../dev/control-plane.ts';
import { installDefinition } from '../../dev/custom-resource-definition.ts';
import { createDatabase } from '../../dev/database.ts';
import type { Database } from '../../dev/database.ts';
import { writeKubeconfig } from '../../dev/kubeconfig.ts';
import { KubernetesApi } from '../../dev/kubernetes-api.ts';
import type { KubernetesCredentials } from '../../dev/kubernetes-api.ts';
import { startMysqlServer } from '../../dev/mysql-server.ts';
import type { MysqlCoordinates, MysqlServer, MysqlServerOptions } from '../../dev/mysql-server.ts';
import { operatorOn, startOperator } from '../../dev/operator.ts';
import type { OperatorOptions, OperatorProcess } from '../../dev/operator.ts';
import { freePort } from '../../dev/ports.ts';
import { createProgress } from '../../dev/progress.ts';
import { createRunFolder } from '../../dev/run-folder.ts';
import type { RunFolder } from '../../dev/run-folder.ts';
import { runCommand } from '../../dev/run-command.ts';
import type { CommandOptions } from '../../dev/run-command.ts';
import { readCoordinates } from './coordinates.ts';
import { createNamespace } from './namespace.ts';
import type { Namespace } from './namespace.ts';

export { waitFor } from '../../dev/wait-for.ts';
export { freePort };
export type { ControlPlane, Database, KubernetesCredentials, MysqlServer, Namespace, OperatorProcess };

/** Setting up takes seconds, and on a busy machine many: pass it to `beforeAll` and to slow tests. Milliseconds. */
export const SETUP_TIMEOUT_MS = 120_000;

export interface TestStack {
  /** Path of the administrator's kubeconfig file. */
  readonly kubeconfig: string;
  readonly credentials: KubernetesCredentials;
  /** The administrator's raw access. */
  readonly api: KubernetesApi;
  /** The administrator's login. */
  readonly mysql: MysqlCoordinates;
  /** A temporary folder of this test file. */
  readonly folder: RunFolder;
  /** An empty database with a user of its own. */
  database(server?: MysqlCoordinates): Promise<Database>;
  /** A namespace of its own; it and the Jobs in it are removed at the end, finalizers or not. */
  namespace(): Promise<Namespace>;
  /** Runs kubectl, of the control plane's own version, as the administrator, and returns its stdout. Throws with its stderr, unless it may fail. */
  kubectl(args: readonly string[], options?: Pick<CommandOptions, 'input' | 'mayFail'> & { readonly kubeconfig?: string }): Promise<string>;
  /** A kubeconfig file for another user (a service account's token), as a path. */
  kubeconfigFor(credentials: KubernetesCredentials): Promise<string>;
  /** The operator as a process, ready. `env` goes over the defaults; `kubeconfig` is the administrator's unless given. */
  operator(options: OperatorSettings): Promise<OperatorProcess>;
  /** The same, on a port of its own, not started: `service.launch()` starts it without waiting. */
  unstartedOperator(options: OperatorSettings): Promise<OperatorProcess>;
  /** A MySQL server of this file's own, to kill, freeze or configure. Never the one of TEST_DATABASE_URL. */
  ownMysqlServer(options?: MysqlServerOptions): Promise<MysqlServer>;
  /** An API server (and etcd) of this file's own, with crds/jobs.yaml installed. */
  ownControlPlane(flags?: readonly string[]): Promise<ControlPlane>;
  /** An API server as an administrator finds it: nothing of ours is installed, and pods need service accounts. In place of the other; one per file. */
  untouchedControlPlane(): Promise<ControlPlane>;
  /** Runs at the end of the file, last registered first, before what was registered earlier goes away. */
  defer(cleanUp: () => Promise<unknown>): void;
}

/** For a test or hook that names no other. Waits have deadlines of their own, which say what was missing; this one only ends what hangs. Milliseconds. */
const TEST_TIMEOUT_MS = 60_000;

export type OperatorSettings = Pick<OperatorOptions, 'database' | 'env' | 'name'> & { readonly kubeconfig?: string };

/** Call it once, at the top of a test file: everything made through it is removed after the file's last test. */
export function useStack(): TestStack {
  jest.setTimeout(TEST_TIMEOUT_MS);
  const { kubeconfig, credentials, mysql } = readCoordinates();
  const api = new KubernetesApi(credentials);
  const folder = createRunFolder('test-file');
  const progress = createProgress();
  const cleanUps: (() => Promise<unknown>)[] = [];
  const defer = (cleanUp: () => Promise<unknown>): void => void cleanUps.push(cleanUp);
  let servers = 0;
  let operators = 0;

  defer(() => folder.dispose());
  defer(() => api.close());
  afterAll(async () => {
    const problems: unknown[] = [];
    for (const cleanUp of cleanUps.toReversed()) {
      // One failure must not leave the rest behind.
      await cleanUp().catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw new AggregateError(problems, `cleaning up failed: ${problems.map(String).join('; ')}`);
  }, SETUP_TIMEOUT_MS);

  const complete = (options: OperatorSettings): OperatorOptions => {
    // One that watches the namespaces of other files does their Jobs' work with its own database.
    if (options.env?.['WATCH_NAMESPACES'] === undefined) throw new Error('an operator of a test says what it watches: WATCH_NAMESPACES');
    operators += 1;
    return { kubeconfig, folder, name: `operator-${operators}`, ...options };
  };

  return {
    kubeconfig,
    credentials,
    api,
    mysql,
    folder,
    defer,
    async database(server = mysql) {
      const database = await createDatabase(server);
      defer(() => database.drop());
      return database;
    },
    async namespace() {
      const namespace = await createNamespace(api, `test-${randomBytes(5).toString('hex')}`);
      defer(() => namespace.remove());
      return namespace;
    },
    async kubectl(args, { kubeconfig: user = kubeconfig, ...options } = {}) {
      const binaries = await findBinaries(['kubectl'], progress);
      return runCommand(binaries.kubectl, [`--kubeconfig=${user}`, ...args], {
        ...options,
        // Discovery is cached by server address, and ports are used again by other runs: keep it to this file.
        env: { KUBECACHEDIR: join(folder.path, 'kubectl-cache') },
        timeoutMs: 60_000,
      });
    },
    async kubeconfigFor(user) {
      const path = join(folder.path, `kubeconfig-${randomBytes(4).toString('hex')}`);
      await writeKubeconfig(path, user);
      return path;
    },
    async operator(options) {
      const operator = await startOperator(complete(options));
      defer(() => operator.service.kill('SIGKILL'));
      return operator;
    },
    async unstartedOperator(options) {
      const operator = operatorOn(await freePort(), complete(options));
      defer(() => operator.service.kill('SIGKILL'));
      return operator;
    },
    async ownMysqlServer(options = {}) {
      servers += 1;
      const server = await startMysqlServer(folder, progress, { name: `mysqld-${servers}`, ...options });
      defer(() => server.stop());
      return server;
    },
    async ownControlPlane(flags = []) {
      const own = createRunFolder('control-plane');
      defer(() => own.dispose());
      const controlPlane = await startControlPlane(own, progress, { flags });
      defer(() => controlPlane.stop());
      const admin = new KubernetesApi(controlPlane.credentials);
      try {
        await installDefinition(admin);
      } finally {
        await admin.close();
      }
      return controlPlane;
    },
    async untouchedControlPlane() {
      const controlPlane = await startControlPlane(folder, progress, { podsNeedServiceAccounts: true });
      defer(() => controlPlane.stop());
      return controlPlane;
    },
  };
}
