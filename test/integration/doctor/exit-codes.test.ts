import { createServer } from 'node:net';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import { environment, runMain } from '../../support/main-program.ts';

const MAIN = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const stack = useStack();
let database: Database;
/** Other files have operators and Jobs of their own on this API server: one that watches all namespaces, and has no database, tells every Job that is being deleted. */
let own: { readonly WATCH_NAMESPACES: string };

beforeAll(async () => {
  database = await stack.database();
  own = { WATCH_NAMESPACES: (await stack.namespace()).name };
}, SETUP_TIMEOUT_MS);

interface Running {
  readonly lines: string[];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  kill(signal: NodeJS.Signals): void;
}

/** `run` as a process that is spoken to by signals. */
function start(env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [MAIN, 'run'], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  stack.defer(() => Promise.resolve(child.kill('SIGKILL')));
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter((line) => line !== '')));
  return {
    lines,
    ended: new Promise((resolve) => void child.once('close', (code, signal) => resolve({ code, signal }))),
    kill: (signal) => void child.kill(signal),
  };
}

describe('the exit code', () => {
  it('is 64 with the usage on standard error for a wrong command line', async () => {
    const result = await runMain(['strat'], {});
    expect(result).toMatchObject({ code: 64, lines: [], stderr: expect.stringMatching(/^there is no command strat\n\nUsage: /) });
  });

  it.each([['run'], ['migrate']])('of %s is 78 with every problem in one message for a wrong configuration', async (command) => {
    const result = await runMain([command], { DB_PORT: 'x', LOG_LEVEL: 'loud' });
    expect(result).toMatchObject({ code: 78, lines: [], stderr: expect.stringMatching(/^4 problems in the configuration:\n(.*\n){4}/) });
  });

  it('of run is 78 when there is no cluster to work for', async () => {
    const result = await runMain(['run'], environment('/nonexistent/kubeconfig', database, own));
    expect(result.code).toBe(78);
    expect(JSON.parse(result.lines.at(-1) ?? '')).toMatchObject({ level: 'fatal', error: { code: 'CONFIG_INVALID' } });
  });

  it('of run is 1 with one clear line when the port is taken', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => void squatter.listen(0, '127.0.0.1', resolve));
    stack.defer(() => new Promise((resolve) => void squatter.close(resolve)));
    const address = squatter.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const result = await runMain(['run'], environment(stack.kubeconfig, database, { ...own, HTTP_PORT: String(port) }));
    expect(result.code).toBe(1);
    expect(JSON.parse(result.lines.at(-1) ?? '')).toMatchObject({
      level: 'fatal',
      error: { code: 'HTTP_PORT_UNAVAILABLE', message: expect.stringContaining('another program uses it') },
    });
  });

  it('of run is 0 after SIGTERM, in a moment', async () => {
    const port = await freePort();
    const operator = start(environment(stack.kubeconfig, database, { ...own, HTTP_PORT: String(port) }));
    await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok === true, {
      what: 'the operator to be ready',
      timeoutMs: 30_000,
    });
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('jobs_operator_db_up 1');
    const askedAt = performance.now();
    operator.kill('SIGTERM');
    await expect(operator.ended).resolves.toEqual({ code: 0, signal: null });
    expect(performance.now() - askedAt).toBeLessThan(5_000);
    expect(JSON.parse(operator.lines.at(-1) ?? '')).toMatchObject({ level: 'info', message: 'stopped' });
    expect(operator.lines.join('\n')).not.toContain(database.password);
  }, SETUP_TIMEOUT_MS);

  it('of run is 0 after SIGINT also while the database is away', async () => {
    const operator = start(environment(stack.kubeconfig, database, { ...own, DB_PORT: String(await freePort()) }));
    await waitFor(() => Promise.resolve(operator.lines.some((line) => line.includes('DATABASE_UNAVAILABLE'))), {
      what: 'the operator to miss its database',
      timeoutMs: 30_000,
    });
    operator.kill('SIGINT');
    await expect(operator.ended).resolves.toEqual({ code: 0, signal: null });
  }, SETUP_TIMEOUT_MS);
});
