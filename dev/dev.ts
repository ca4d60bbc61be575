/** `make dev`: a stack with the operator in it, until Ctrl-C. */

import { findBinaries } from './binaries.ts';
import { installDefinition } from './custom-resource-definition.ts';
import { createDatabase } from './database.ts';
import type { Database } from './database.ts';
import { onInterrupt } from './interrupts.ts';
import { startOperator } from './operator.ts';
import type { OperatorProcess } from './operator.ts';
import { createProgress } from './progress.ts';
import { whichProgram } from './run-command.ts';
import { SetupError } from './setup-error.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack.ts';

/** With these, Jobs with an idempotencyKey are accepted as well. */
const KEYED = { CLUSTER_NAME: 'dev', DB_MIGRATE: 'full' };

const progress = createProgress();

async function bringUp(): Promise<void> {
  // A client for the person, of whatever version is there.
  const kubectl = whichProgram('kubectl') ?? (await findBinaries(['kubectl'], progress)).kubectl;
  const stack = await startStack(progress, 'dev');
  let database: Database | undefined;
  let operator: OperatorProcess | undefined;
  let stopping = false;
  onInterrupt(async () => {
    stopping = true;
    progress.say('\nStopping …');
    await operator?.service.stop();
    // A server that is not ours keeps what is not dropped.
    if (stack.mysql.service === undefined) await database?.drop();
    await stack.stop();
  });
  await installDefinition(stack.api);
  // The names of the manifests and of the contract's defaults, where the server is ours alone.
  database = await createDatabase(stack.mysql, stack.mysql.service === undefined ? {} : { name: 'wordpress', user: 'jobs_operator', owner: 'admin' });
  operator = await startOperator({ folder: stack.folder, kubeconfig: stack.controlPlane.kubeconfig, database, env: KEYED });
  process.stdout.write(instructions(stack, database, operator, kubectl));
  const how = await operator.service.ended;
  if (!stopping) progress.say(`The operator ended (${how}); its log is ${operator.service.logFile}. Ctrl-C stops the rest.`);
}

function instructions(stack: Stack, database: Database, operator: OperatorProcess, kubectl: string): string {
  const { host, port, owner, password, name } = database;
  const client = whichProgram('kubectl') === undefined ? kubectl : 'kubectl';
  const mysql = whichProgram('mysql') === undefined ? '' : `  mysql -h ${host} -P ${port} -u ${owner} -p${password} ${name}\n`;
  return `
The operator runs. In another terminal, in this folder:

  export KUBECONFIG=${stack.controlPlane.kubeconfig}
  export DATABASE_URL=mysql://${owner}:${password}@${host}:${port}/${name}

  ${client} apply -f manifests/examples/
  ${client} get wpjobs -w

No worker runs here: the Jobs stay Pending until somebody does what workers do. The rows, and a worker's part in them:

  npx node dev/sql.ts "SELECT job_id, type, status, progress FROM jobs"
  npx node dev/sql.ts "UPDATE jobs SET status = 'running', progress = 50 WHERE type = 'restore'"
  npx node dev/sql.ts "UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW() WHERE type = 'clone'"
${mysql}
  curl -s ${operator.url}/metrics
  tail -f ${operator.service.logFile}

Ctrl-C stops everything and removes it.
`;
}

try {
  await bringUp();
} catch (error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  // The watchdog clears away whatever had been started.
  process.exit(1);
}
