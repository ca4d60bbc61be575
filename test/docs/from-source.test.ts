import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { operatorEnvironment } from '../../dev/operator.ts';
import { Service } from '../../dev/service.ts';
import { freePort, SETUP_TIMEOUT_MS, useStack, waitFor } from '../support/stack.ts';
import { commandsOf } from './support/fenced-blocks.ts';
import { Shell } from './support/shell.ts';

const stack = useStack();

/** Of README.md, the block that runs the operator from source, without its comments. */
const LINES = commandsOf('README.md')
  .filter(({ runBy }) => runBy === 'test/docs/from-source.test.ts')
  .flatMap(({ text }) => text.split('\n'))
  .map((line) => line.replace(/\s+#.*/, ''));

it('README.md: the operator is built, checked and started with the lines that it shows', async () => {
  // What is built is what runs this test.
  const [build, apply = '', variables = '', doctor = '', start = '', ...more] = LINES;
  expect([build, more]).toEqual(['make build', []]);
  const database = await stack.database();
  const passwordFile = join(stack.folder.path, 'password');
  await writeFile(passwordFile, database.password);
  const port = await freePort();
  // The rest of a default installation on a machine that runs many, and has no TLS.
  const { DB_PASSWORD: _inFile, ...env } = operatorEnvironment({ kubeconfig: stack.kubeconfig, database }, port);
  const shell = new Shell(stack.folder.path, { ...env, WATCH_NAMESPACES: 'default' });
  await shell.run(apply);
  const values: Readonly<Record<string, string>> = { DB_HOST: database.host, DB_USER: database.user, DB_PASSWORD_FILE: passwordFile };
  const filledIn = variables.replaceAll(/(\w+)=…/g, (_, name: string) => `${name}='${values[name]}'`);
  await shell.run(filledIn);
  expect(await shell.run(doctor)).toContain('database login');

  const operator = new Service({
    name: 'from-source',
    folder: stack.folder,
    command: 'bash',
    args: ['-c', `${filledIn}; exec ${start}`],
    env: { ...env, WATCH_NAMESPACES: 'default' },
    async probe() {
      const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (!ok) throw new Error('not ready yet');
    },
  });
  stack.defer(() => operator.kill('SIGKILL'));
  await operator.start();
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).ok).toBe(true);
  await operator.stop();
  // npm tells its child, and the child is the operator itself: nobody is left behind.
  const isGone = (): Promise<boolean> => fetch(`http://127.0.0.1:${port}/healthz`).then(() => false, () => true);
  await waitFor(isGone, { what: 'the operator to be gone', timeoutMs: 25_000 });
}, SETUP_TIMEOUT_MS);
