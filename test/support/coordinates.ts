/** How the run's stack is made known to test processes: one environment variable, inherited by jest's workers. */

import type { KubernetesCredentials } from '../../dev/kubernetes-api.ts';
import type { MysqlCoordinates } from '../../dev/mysql-server.ts';
import type { Stack } from '../../dev/stack.ts';

const VARIABLE = 'JOBS_OPERATOR_TEST_STACK';

export interface StackCoordinates {
  /** Path of the administrator's kubeconfig file. */
  readonly kubeconfig: string;
  readonly credentials: KubernetesCredentials;
  readonly etcdUrl: string;
  readonly mysql: MysqlCoordinates;
}

export function publishCoordinates(stack: Stack): void {
  const { engine, version, host, port, user, password } = stack.mysql;
  const coordinates: StackCoordinates = {
    kubeconfig: stack.controlPlane.kubeconfig,
    credentials: stack.controlPlane.credentials,
    etcdUrl: stack.controlPlane.etcdUrl,
    mysql: { engine, version, host, port, user, password },
  };
  process.env[VARIABLE] = JSON.stringify(coordinates);
}

export function readCoordinates(): StackCoordinates {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error('no stack is running: integration tests are started with `make test-integration` (jest --selectProjects integration)');
  return JSON.parse(text) as StackCoordinates;
}
