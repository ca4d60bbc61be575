/** Where the sweep is measured: an API server without Jobs, and a MySQL server with memory for the tables, as one that is used for this would have. */

import type { CleanUps } from '../../dev/clean-ups.ts';
import { startControlPlane } from '../../dev/control-plane.ts';
import type { ControlPlane } from '../../dev/control-plane.ts';
import { installDefinition } from '../../dev/custom-resource-definition.ts';
import { KubernetesApi } from '../../dev/kubernetes-api.ts';
import { startMysqlServer } from '../../dev/mysql-server.ts';
import type { MysqlServer } from '../../dev/mysql-server.ts';
import type { Progress } from '../../dev/progress.ts';
import { createRunFolder } from '../../dev/run-folder.ts';
import type { RunFolder } from '../../dev/run-folder.ts';

export interface SweepStage {
  readonly folder: RunFolder;
  readonly controlPlane: ControlPlane;
  readonly api: KubernetesApi;
  readonly mysql: MysqlServer;
}

/** Two tables of two million rows have 2.2 GB with their indexes. */
const SERVER_FLAGS = ['--innodb-buffer-pool-size=2G'];
/** MySQL knows the one, MariaDB the other. */
const LOG_FLAGS = ['--loose-innodb-redo-log-capacity=1G', '--loose-innodb-log-file-size=1G'];

/** @throws SetupError when a part cannot be had */
export async function openSweepStage(progress: Progress, cleanUps: CleanUps): Promise<SweepStage> {
  progress.say('Bringing up an API server and a MySQL server …');
  const folder = createRunFolder('sweep');
  cleanUps.defer(() => folder.dispose());
  const controlPlane = await startControlPlane(folder, progress);
  cleanUps.defer(() => controlPlane.stop());
  const api = new KubernetesApi(controlPlane.credentials);
  cleanUps.defer(() => api.close());
  await installDefinition(api);
  const mysql = await startMysqlServer(folder, progress, { flags: [...SERVER_FLAGS, ...LOG_FLAGS] });
  cleanUps.defer(() => mysql.stop());
  return { folder, controlPlane, api, mysql };
}
