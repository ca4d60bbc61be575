/** The local stack: a Kubernetes API and a MySQL server, both of their own, for a demo, a test run or an afternoon. */

import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { findMysqlServer } from './mysql-server.ts';
import type { MysqlServer } from './mysql-server.ts';
import type { Progress } from './progress.ts';
import { createRunFolder } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';

export interface Stack {
  readonly folder: RunFolder;
  readonly controlPlane: ControlPlane;
  readonly mysql: MysqlServer;
  /** As the administrator. */
  readonly api: KubernetesApi;
  /** Stops everything and removes the folder. Does nothing the second time. */
  stop(): Promise<void>;
}

/**
 * Brings both up, side by side, in three to five seconds once everything is in the cache. Nothing outlives this process,
 * however it ends; `stop` only makes the end orderly.
 * @param mysqlFlags for a MySQL server of our own
 * @throws SetupError, one sentence with what to install or set, when a part cannot be had.
 */
export async function startStack(progress: Progress, label = 'stack', mysqlFlags: readonly string[] = []): Promise<Stack> {
  const folder = createRunFolder(label);
  // The slow, once-only parts of both print their own lines; what they say stays readable because each line names its subject.
  const [controlPlane, mysql] = await Promise.allSettled([startControlPlane(folder, progress), findMysqlServer(folder, progress, mysqlFlags)]);
  if (controlPlane.status === 'rejected' || mysql.status === 'rejected') {
    if (controlPlane.status === 'fulfilled') await controlPlane.value.stop();
    if (mysql.status === 'fulfilled') await mysql.value.stop();
    await folder.dispose();
    throw controlPlane.status === 'rejected' ? controlPlane.reason : (mysql as PromiseRejectedResult).reason;
  }
  const api = new KubernetesApi(controlPlane.value.credentials);
  return {
    folder,
    controlPlane: controlPlane.value,
    mysql: mysql.value,
    api,
    async stop() {
      await api.close();
      await Promise.all([controlPlane.value.stop(), mysql.value.stop()]);
      await folder.dispose();
    },
  };
}
