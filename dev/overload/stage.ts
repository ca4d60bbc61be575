/** A stack and an operator of its own for a scene: nothing of the one before is left to slow the next. */

import type { CleanUps } from '../clean-ups.ts';
import { installDefinition } from '../custom-resource-definition.ts';
import { createDatabase } from '../database.ts';
import { LARGE_SERVER_FLAGS } from '../mysql-server.ts';
import { startOperator } from '../operator.ts';
import type { Progress } from '../progress.ts';
import { startStack } from '../stack.ts';
import type { Arena } from './arena.ts';

const NAMESPACE = 'overload';

export interface StageOptions {
  readonly progress: Progress;
  readonly cleanUps: CleanUps;
  /** Over the operator's defaults, which are what is measured. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `scene` with an operator that is configured as a user's would be. @throws SetupError when a part cannot be had */
export async function onStage<Figures>({ progress, cleanUps, env = {} }: StageOptions, scene: (arena: Arena) => Promise<Figures>): Promise<Figures> {
  const stack = await startStack(progress, 'overload', LARGE_SERVER_FLAGS);
  cleanUps.defer(() => stack.stop());
  const { api, controlPlane, mysql, folder } = stack;
  await installDefinition(api);
  await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const database = await createDatabase(mysql);
  const operator = await startOperator({ folder, kubeconfig: controlPlane.kubeconfig, database, env });
  try {
    return await scene({ api, credentials: controlPlane.credentials, namespace: NAMESPACE, database, operator });
  } finally {
    await operator.service.kill('SIGKILL');
    await stack.stop();
  }
}
