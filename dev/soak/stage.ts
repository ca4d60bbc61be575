/** Where the soak takes place: an API server and a MySQL of its own, to be killed at will, with three logins that the diary tells apart. */

import type { Connection } from 'mysql2/promise';
import { CREATE_JOBS_TABLE } from '../../src/database/jobs-table.ts';
import type { CleanUps } from '../clean-ups.ts';
import { startControlPlane } from '../control-plane.ts';
import type { ControlPlane } from '../control-plane.ts';
import { installDefinition } from '../custom-resource-definition.ts';
import { createDatabase } from '../database.ts';
import type { Database } from '../database.ts';
import { KubernetesApi } from '../kubernetes-api.ts';
import { connectTo, startMysqlServer } from '../mysql-server.ts';
import type { MysqlServer } from '../mysql-server.ts';
import type { Progress } from '../progress.ts';
import { startDiary } from '../row-diary.ts';
import { createRunFolder } from '../run-folder.ts';
import type { RunFolder } from '../run-folder.ts';
import type { Service } from '../service.ts';
import { OPERATOR, WORKERS } from './logins.ts';

const NAMESPACE = 'soak';

export interface Stage {
  readonly folder: RunFolder;
  readonly controlPlane: ControlPlane;
  readonly api: KubernetesApi;
  readonly jobsPath: string;
  readonly mysql: MysqlServer;
  readonly mysqld: Service;
  /** With the operator's login. */
  readonly database: Database;
  /** A connection as a worker has it. Close it. */
  connectAsWorker(): Promise<Connection>;
}

/** @throws SetupError when a part cannot be had */
export async function openStage(progress: Progress, cleanUps: CleanUps): Promise<Stage> {
  const folder = createRunFolder('soak');
  cleanUps.defer(() => folder.dispose());
  const controlPlane = await startControlPlane(folder, progress);
  cleanUps.defer(() => controlPlane.stop());
  // Never the server of TEST_DATABASE_URL: this one is killed.
  const mysql = await startMysqlServer(folder, progress);
  cleanUps.defer(() => mysql.stop());
  if (mysql.service === undefined) throw new Error('a server of our own has a process');
  const api = new KubernetesApi(controlPlane.credentials);
  cleanUps.defer(() => api.close());
  await installDefinition(api);
  await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const database = await createDatabase(mysql, { name: 'soak', user: OPERATOR });
  const admin = await database.connectAsAdmin();
  try {
    await admin.query(CREATE_JOBS_TABLE);
    await startDiary(admin);
    await admin.query(`CREATE USER '${WORKERS}'@'%' IDENTIFIED BY ''`);
    await admin.query(`GRANT SELECT, INSERT, UPDATE ON soak.jobs TO '${WORKERS}'@'%'`);
  } finally {
    await admin.end();
  }
  return {
    folder,
    controlPlane,
    api,
    jobsPath: `/apis/wordpress.betaweb.ai/v1alpha1/namespaces/${NAMESPACE}/jobs`,
    mysql,
    mysqld: mysql.service,
    database,
    async connectAsWorker() {
      const connection = await connectTo({ ...mysql, user: WORKERS, password: '' }, { database: 'soak', jsonStrings: true, dateStrings: true });
      // Servers are killed here: the next query tells, and nobody listens in between.
      connection.on('error', () => undefined);
      return connection;
    },
  };
}
