/** What the demo plays on: a cluster, a MySQL server with a database, and the operator as a process between them. */

import { findBinaries } from '../binaries.ts';
import { installDefinition } from '../custom-resource-definition.ts';
import { createDatabase } from '../database.ts';
import type { Database } from '../database.ts';
import { writeKubeconfig } from '../kubeconfig.ts';
import { findMysqlServer } from '../mysql-server.ts';
import type { MysqlServer } from '../mysql-server.ts';
import { startOperator } from '../operator.ts';
import type { OperatorProcess } from '../operator.ts';
import type { Progress } from '../progress.ts';
import { whichProgram } from '../run-command.ts';
import { createRunFolder } from '../run-folder.ts';
import type { RunFolder } from '../run-folder.ts';
import { startStack } from '../stack.ts';
import { kubectlFor, serverVersion } from './cluster.ts';
import type { DemoCluster } from './cluster.ts';
import { useExistingCluster } from './existing-cluster.ts';
import type { CleanUps } from '../clean-ups.ts';

export interface Stage {
  readonly cluster: DemoCluster;
  readonly mysql: MysqlServer;
  readonly database: Database;
  readonly operator: OperatorProcess;
}

/** Seconds between two sweeps; the default is a minute, and nobody watches a demo for that long. */
const SWEEP_INTERVAL_SECONDS = '1';

/** How long the Jobs of an existing cluster's namespace may take to go; the operator lets each go within a second. */
const JOBS_GONE_TIMEOUT = '15s';

interface Grounds {
  readonly folder: RunFolder;
  readonly cluster: DemoCluster;
  readonly mysql: MysqlServer;
}

/**
 * @param context of the user's kubeconfig, or undefined for a cluster of the demo's own
 * @throws SetupError with what to install or to set
 */
export async function buildStage(context: string | undefined, progress: Progress, cleanUps: CleanUps): Promise<Stage> {
  const { folder, cluster, mysql } = context === undefined ? await ownGrounds(progress, cleanUps) : await foreignGrounds(context, progress, cleanUps);
  const database = await createDatabase(mysql, mysql.service === undefined ? {} : { name: 'wordpress', user: 'jobs_operator', owner: 'admin' });
  // A server that is not ours keeps what is not dropped.
  if (mysql.service === undefined) cleanUps.defer(() => database.drop());
  progress.say('Starting the operator …');
  const operator = await startOperator({
    folder,
    kubeconfig: cluster.kubeconfig,
    database,
    env: {
      ...(context === undefined ? {} : { WATCH_NAMESPACES: cluster.namespace }),
      TTL_SWEEP_INTERVAL_SECONDS: SWEEP_INTERVAL_SECONDS,
      PROGRESS_INTERVAL_MS: '250',
    },
  });
  cleanUps.defer(async () => void (await operator.service.stop()));
  if (context !== undefined) {
    cleanUps.defer(async () => {
      // While the operator is there to take its finalizers off.
      if (operator.service.running) await deleteJobs(cluster, progress);
    });
  }
  return { cluster, mysql, database, operator };
}

async function ownGrounds(progress: Progress, cleanUps: CleanUps): Promise<Grounds> {
  const program = whichProgram('kubectl') ?? (await findBinaries(['kubectl'], progress)).kubectl;
  progress.say('Bringing up an API server and a MySQL server …');
  const stack = await startStack(progress, 'demo');
  cleanUps.defer(() => stack.stop());
  const { folder, mysql, api, controlPlane } = stack;
  const namespace = 'default';
  await writeKubeconfig(controlPlane.kubeconfig, controlPlane.credentials, namespace);
  await installDefinition(api);
  const description = `${await serverVersion(api)}, kube-apiserver and etcd of the demo's own`;
  const kubectl = kubectlFor(program, controlPlane.kubeconfig, folder);
  return { folder, mysql, cluster: { description, api, namespace, kubeconfig: controlPlane.kubeconfig, kubectl } };
}

async function foreignGrounds(context: string, progress: Progress, cleanUps: CleanUps): Promise<Grounds> {
  const folder = createRunFolder('demo');
  cleanUps.defer(() => folder.dispose());
  const cluster = await useExistingCluster(context, folder, progress, cleanUps);
  progress.say('Bringing up a MySQL server …');
  const mysql = await findMysqlServer(folder, progress);
  cleanUps.defer(() => mysql.stop());
  return { folder, cluster, mysql };
}

async function deleteJobs({ kubectl, namespace }: DemoCluster, progress: Progress): Promise<void> {
  try {
    await kubectl(['delete', 'jobs.wordpress.betaweb.ai', '--all', `--timeout=${JOBS_GONE_TIMEOUT}`]);
  } catch (error) {
    // The namespace goes all the same: what follows takes the finalizers off.
    progress.say(`Not every Job of ${namespace} went by itself: ${error instanceof Error ? error.message : String(error)}`);
  }
}
