/** A terminal beside `make dev`: kubectl, Node.js and the two variables that it prints, and an operator for a namespace of its own. */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dump, load } from 'js-yaml';
import { findBinaries } from '../../../dev/binaries.ts';
import { createProgress } from '../../../dev/progress.ts';
import { openScene } from '../../e2e/support/scene.ts';
import type { TestStack } from '../../support/stack.ts';
import { Shell } from './shell.ts';

interface Kubeconfig {
  readonly contexts: readonly { readonly context: { namespace?: string } }[];
}

export async function openTerminal(stack: TestStack, env: Readonly<Record<string, string>> = {}): Promise<Shell> {
  const { namespace, database } = await openScene(stack, { env: { CLUSTER_NAME: 'dev', DB_MIGRATE: 'full', ...env } });
  const { kubectl } = await findBinaries(['kubectl'], createProgress());
  const { owner, password, host, port, name } = database;
  return new Shell(stack.folder.path, {
    KUBECONFIG: await inNamespace(stack, namespace.name),
    KUBECACHEDIR: join(stack.folder.path, 'kubectl-cache'),
    DATABASE_URL: `mysql://${owner}:${password}@${host}:${port}/${name}`,
    PATH: [dirname(kubectl), dirname(process.execPath), process.env['PATH']].join(':'),
  });
}

/** The administrator's kubeconfig with another default namespace, as a path. */
async function inNamespace(stack: TestStack, namespace: string): Promise<string> {
  const kubeconfig = load(await readFile(stack.kubeconfig, 'utf8')) as Kubeconfig;
  for (const { context } of kubeconfig.contexts) context.namespace = namespace;
  const path = join(stack.folder.path, `kubeconfig-${randomBytes(4).toString('hex')}`);
  await writeFile(path, dump(kubeconfig), { mode: 0o600 });
  return path;
}
