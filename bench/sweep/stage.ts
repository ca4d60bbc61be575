/** Where the sweep is measured: an API server without Jobs, and a MySQL server with memory for the tables, as one that is used for this would have. */

import type { CleanUps } from '../../dev/clean-ups.ts';
import { startControlPlane } from '../../dev/control-plane.ts';
import type { ControlPlane } from '../../dev/control-plane.ts';
import { installDefinition } from '../../dev/custom-resource-definition.ts';
import { KubernetesApi } from '../../dev/kubernetes-api.ts';
import { LARGE_SERVER_FLAGS, startMysqlServer } from '../../dev/mysql-server.ts';
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
  const mysql = await startMysqlServer(folder, progress, { flags: LARGE_SERVER_FLAGS });
  cleanUps.defer(() => mysql.stop());
  return { folder, controlPlane, api, mysql };
}
