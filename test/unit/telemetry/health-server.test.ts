import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HealthServer, type HealthServerParts } from '../../../src/telemetry/health-server.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';

interface Reply {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const running: HealthServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function start(parts: Partial<HealthServerParts> = {}, lines: string[] = []): Promise<number> {
  const server = new HealthServer({
    settings: { host: '127.0.0.1', port: 0 },
    exposition: { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('up 1\n') },
    alive: {},
    ready: {},
    logger: await createLogger({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) }),
    ...parts,
  });
  running.push(server);
  return server.start();
}

function broken(): string {
  throw new Error('broken check');
}

function ask(port: number, path: string, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

describe('the health server', () => {
  it('takes a free port when told 0, and logs which', async () => {
    const lines: string[] = [];
    const port = await start({}, lines);
    expect(port).toBeGreaterThan(0);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', address: '127.0.0.1', port });
  });

  it('gives the metrics with the type that Prometheus expects', async () => {
    const port = await start();
    await expect(ask(port, '/metrics')).resolves.toMatchObject({ status: 200, body: 'up 1\n', headers: { 'content-type': 'text/plain; version=0.0.4' } });
  });

  it('says "ok" while every check is, and names each when asked to be verbose', async () => {
    const port = await start({ alive: { queue: () => undefined, feed: () => undefined } });
    await expect(ask(port, '/healthz')).resolves.toMatchObject({ status: 200, body: 'ok\n' });
    await expect(ask(port, '/healthz?verbose')).resolves.toMatchObject({ status: 200, body: '[+]queue ok\n[+]feed ok\nok\n' });
  });

  it('answers 503 and names the check that fails, for liveness and readiness apart', async () => {
    const port = await start({ alive: { queue: () => undefined }, ready: { cache: () => undefined, database: () => 'not reached yet' } });
    await expect(ask(port, '/healthz')).resolves.toMatchObject({ status: 200 });
    await expect(ask(port, '/readyz')).resolves.toMatchObject({
      status: 503,
      body: '[+]cache ok\n[-]database failed: not reached yet\nfailed\n',
    });
  });

  it('looks at the checks anew each time', async () => {
    let problem: string | undefined = 'starting';
    const port = await start({ ready: { cache: () => problem } });
    await expect(ask(port, '/readyz')).resolves.toMatchObject({ status: 503 });
    problem = undefined;
    await expect(ask(port, '/readyz')).resolves.toMatchObject({ status: 200 });
  });

  it('answers HEAD without a body, other methods with 405, other paths with 404', async () => {
    const port = await start();
    await expect(ask(port, '/healthz', 'HEAD')).resolves.toMatchObject({ status: 200, body: '' });
    await expect(ask(port, '/healthz', 'POST')).resolves.toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    await expect(ask(port, '/')).resolves.toMatchObject({ status: 404 });
    await expect(ask(port, '/metrics/')).resolves.toMatchObject({ status: 404 });
  });

  it('survives metrics that cannot be collected and checks that throw', async () => {
    const lines: string[] = [];
    const port = await start({ exposition: { contentType: 'text/plain', text: () => Promise.reject(new Error('broken gauge')) }, ready: { broken } }, lines);
    await expect(ask(port, '/metrics')).resolves.toMatchObject({ status: 500 });
    await expect(ask(port, '/healthz')).resolves.toMatchObject({ status: 200 });
    expect(lines.at(-1)).toContain('broken gauge');
    await expect(ask(port, '/readyz')).resolves.toMatchObject({ status: 500 });
    expect(lines.at(-1)).toContain('broken check');
  });

  it('says in one sentence that its port is taken', async () => {
    const port = await start();
    await expect(start({ settings: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'HTTP_PORT_UNAVAILABLE',
      message: `cannot listen on port ${port} of 127.0.0.1: another program uses it`,
    });
  });

  it('stops at once, also under a client that holds its connection open', async () => {
    const port = await start();
    const idle = connect(port, '127.0.0.1');
    await new Promise((resolve) => void idle.once('connect', resolve));
    const closed = new Promise((resolve) => void idle.once('close', resolve));
    await running.splice(0)[0]?.stop();
    await closed;
    await expect(ask(port, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });
});
