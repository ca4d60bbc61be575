/** A Kubernetes API for one stack: etcd and kube-apiserver, and nothing that schedules, runs or cleans up. */

import { join } from 'node:path';
import { startApiServer } from './api-server.ts';
import type { ApiServerOptions } from './api-server.ts';
import { findBinaries } from './binaries.ts';
import { startEtcd } from './etcd.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { KubernetesCredentials } from './kubernetes-api.ts';
import type { Progress } from './progress.ts';
import type { RunFolder } from './run-folder.ts';
import type { Service } from './service.ts';

export interface ControlPlane {
  readonly etcd: Service;
  readonly apiServer: Service;
  /** Client URL, for compacting its history. */
  readonly etcdUrl: string;
  readonly credentials: KubernetesCredentials;
  /** Path of the administrator's kubeconfig file. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** Starts etcd and then kube-apiserver in `folder`, and writes the administrator's kubeconfig there. */
export async function startControlPlane(
  folder: RunFolder,
  progress: Progress,
  options: Pick<ApiServerOptions, 'flags' | 'podsNeedServiceAccounts'> = {},
): Promise<ControlPlane> {
  const binaries = await findBinaries(['etcd', 'kube-apiserver'], progress);
  const etcd = await startEtcd(binaries.etcd, folder);
  try {
    const apiServer = await startApiServer({ binary: binaries['kube-apiserver'], folder, etcdUrl: etcd.url, ...options });
    const kubeconfig = join(folder.path, 'kubeconfig');
    await writeKubeconfig(kubeconfig, apiServer.credentials);
    return {
      etcd: etcd.service,
      apiServer: apiServer.service,
      etcdUrl: etcd.url,
      credentials: apiServer.credentials,
      kubeconfig,
      async stop() {
        // Its data is thrown away with the folder: nothing is gained by the minute a polite end may take.
        await apiServer.service.kill('SIGKILL');
        await etcd.service.kill('SIGKILL');
      },
    };
  } catch (error) {
    await etcd.service.kill('SIGKILL');
    throw error;
  }
}
