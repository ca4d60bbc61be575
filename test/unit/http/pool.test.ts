import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../dev/wait-for.ts';
import { dialler } from '../../../src/http/dial.ts';
import { HttpPool } from '../../../src/http/pool.ts';
import type { Exchange, HttpPoolOptions, RequestCount } from '../../../src/http/pool.ts';

const never = (): void => undefined;

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

interface Setting {
  readonly pool: HttpPool;
  readonly server: Server;
  /** Accepted so far, in their order. */
  readonly sockets: Socket[];
  /** Heads and bodies as they came. */
  readonly received: string[];
}

const open: { pool: HttpPool; server: Server; sockets: Socket[] }[] = [];

afterEach(() => {
  for (const { pool, server, sockets } of open.splice(0)) {
    pool.close();
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** @param respond writes to the socket what the server says to its n-th request */
async function given(respond: (socket: Socket, count: number) => void, options: Partial<HttpPoolOptions> = {}): Promise<Setting> {
  const sockets: Socket[] = [];
  const received: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      received.push(bytes.toString());
      respond(socket, received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const pool = new HttpPool({ host: url.host, dial: dialler(url, {}, undefined), maxConnections: 4, connectTimeoutMs: 5_000, idleMs: 60_000, ...options });
  open.push({ pool, server, sockets });
  return { pool, server, sockets, received };
}

function send(pool: HttpPool, path = '/'): { readonly exchange: Exchange; readonly answer: Promise<string> } {
  const answer = Promise.withResolvers<string>();
  let text = '';
  const exchange = pool.send(
    { method: 'GET', path, headers: 'accept: */*\r\n', body: undefined },
    {
      onHead: (status) => (text += `${status} `),
      onData: (part) => (text += part.toString()),
      onEnd: () => answer.resolve(text),
      onError: (error, sent) => answer.reject(Object.assign(new Error('no answer', { cause: error }), { code: Reflect.get(error, 'code') as unknown, sent })),
    },
  );
  answer.promise.catch(() => undefined);
  return { exchange, answer: answer.promise };
}

describe('a pool of connections', () => {
  it('writes requests as HTTP/1.1 has them', async () => {
    const { pool, received } = await given((socket) => socket.write(OK));
    const answer = Promise.withResolvers<void>();
    pool.send(
      { method: 'PATCH', path: '/jobs/a?x=1', headers: 'accept: application/json\r\n', body: '{"é":1}' },
      { onHead: () => undefined, onData: () => undefined, onEnd: answer.resolve, onError: answer.reject },
    );
    await answer.promise;
    expect(received[0]).toMatch(/^PATCH \/jobs\/a\?x=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\naccept: application\/json\r\ncontent-length: 8\r\n\r\n\{"é":1\}$/);
  });

  it('uses one connection again and again', async () => {
    const { pool, sockets } = await given((socket) => socket.write(OK));
    for (let count = 0; count < 20; count += 1) expect(await send(pool).answer).toBe('200 ok');
    expect(sockets).toHaveLength(1);
  });

  it('opens no more than it may', async () => {
    const { pool, sockets } = await given((socket) => setImmediate(() => socket.write(OK)));
    await Promise.all(Array.from({ length: 40 }, () => send(pool).answer));
    expect(sockets).toHaveLength(4);
  });

  it('lets what cannot be sent yet wait in its order', async () => {
    const { pool, received } = await given((socket) => socket.write(OK), { maxConnections: 1 });
    const paths = Array.from({ length: 10 }, (_, index) => `/${index}`);
    await Promise.all(paths.map((path) => send(pool, path).answer));
    expect(received.map((text) => text.split(' ')[1])).toEqual(paths);
  });

  it('takes a connection no more after an answer that says so', async () => {
    const { pool, sockets } = await given((socket) => socket.write(OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')));
    for (let count = 0; count < 3; count += 1) await send(pool).answer;
    expect(sockets).toHaveLength(3);
  });

  it('takes a connection no more on which something came that nobody asked for', async () => {
    const { pool, sockets } = await given((socket) => socket.write(OK));
    await send(pool).answer;
    const [first] = sockets;
    first?.write(OK);
    await waitFor(() => first?.destroyed === true, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
    expect(await send(pool).answer).toBe('200 ok');
    expect(sockets).toHaveLength(2);
  });

  it('closes what was idle for too long, and only that', async () => {
    const { pool, sockets } = await given((socket) => setImmediate(() => socket.write(OK)), { idleMs: 100 });
    await Promise.all([send(pool).answer, send(pool).answer]);
    const inUse = setInterval(() => void send(pool), 20);
    try {
      await waitFor(() => sockets.filter(({ destroyed }) => destroyed).length === 1, { what: 'one of two to close', timeoutMs: 3_000, intervalMs: 5 });
      expect(sockets).toHaveLength(2);
    } finally {
      clearInterval(inUse);
    }
    await waitFor(() => sockets.every(({ destroyed }) => destroyed), { what: 'the other to close', timeoutMs: 3_000, intervalMs: 5 });
  });
});

describe('a request', () => {
  it('that is given up closes its connection, and one that is over no longer touches it', async () => {
    const { pool, sockets } = await given((socket, count) => {
      if (count !== 2) socket.write(OK);
    });
    const first = send(pool);
    await first.answer;
    const second = send(pool);
    first.exchange.abort();
    await waitFor(() => sockets.length === 1 && sockets[0]?.bytesRead !== 0, { what: 'the second request', timeoutMs: 3_000, intervalMs: 5 });
    expect(sockets[0]?.destroyed).toBe(false);
    second.exchange.abort();
    await waitFor(() => sockets[0]?.destroyed === true, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
    expect(await send(pool).answer).toBe('200 ok');
  });

  it('that was never answered takes along the connections that have been idle since before it, as they may be as dead', async () => {
    const held: Socket[] = [];
    const { pool, sockets } = await given((socket, count) => {
      // The fourth is never answered; the fifth is, later.
      if (count < 4 || count > 5) setImmediate(() => socket.write(OK));
      else held.push(socket);
    });
    await Promise.all([send(pool).answer, send(pool).answer, send(pool).answer]);
    expect(sockets).toHaveLength(3);
    const unanswered = send(pool);
    const late = send(pool);
    await waitFor(() => held.length === 2, { what: 'both to be sent', timeoutMs: 3_000, intervalMs: 5 });
    held[1]?.write(OK);
    expect(await late.answer).toBe('200 ok');
    unanswered.exchange.abandon();
    await waitFor(() => sockets.filter(({ destroyed }) => destroyed).length === 2, { what: 'two connections to close', timeoutMs: 3_000, intervalMs: 5 });
    expect(held.map(({ destroyed }) => destroyed)).toEqual([true, false]);
    expect(await send(pool).answer).toBe('200 ok');
    expect(sockets).toHaveLength(3);
  });

  it('that finds no connection fails as not sent, one for each that did not come about', async () => {
    const { pool, server } = await given(() => undefined);
    server.close();
    await once(server, 'close');
    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => send(pool).answer));
    expect(answers).toEqual(Array.from({ length: 10 }, () => ({ status: 'rejected', reason: expect.objectContaining({ code: 'ECONNREFUSED', sent: false }) as unknown })));
  });

  it('whose connection breaks fails as sent, and those that wait get another one', async () => {
    const { pool } = await given((socket, count) => (count === 1 ? socket.resetAndDestroy() : socket.write(OK)), { maxConnections: 1 });
    const [broken, waiting] = await Promise.allSettled([send(pool).answer, send(pool).answer]);
    expect(broken).toMatchObject({ status: 'rejected', reason: { sent: true } });
    expect(waiting).toEqual({ status: 'fulfilled', value: '200 ok' });
  });

  it('that could not be written down is not sent', async () => {
    const { pool } = await given((socket) => socket.write(OK));
    expect(() => send(pool, '/a b')).toThrow(TypeError);
    expect(() => send(pool, '/a\r\nx: y')).toThrow(TypeError);
  });

  it('is not connected for longer than it may be', async () => {
    const unopened = new Promise<Socket>(() => undefined);
    const { pool } = await given(() => undefined, { dial: () => unopened, connectTimeoutMs: 50 });
    await expect(send(pool).answer).rejects.toMatchObject({ code: 'ETIMEDOUT', sent: false });
  });
});

describe('the count of requests under way', () => {
  const told = { sent: 0, answered: 0, lost: 0 };
  const moderation: RequestCount = { sent: () => void (told.sent += 1), answered: () => void (told.answered += 1), lost: () => void (told.lost += 1) };

  beforeEach(() => {
    Object.assign(told, { sent: 0, answered: 0, lost: 0 });
  });

  it('goes up and down once for each that is answered', async () => {
    const { pool } = await given((socket) => socket.write(OK), { moderation, maxConnections: 2 });
    const exchanges = Array.from({ length: 5 }, () => send(pool));
    await Promise.all(exchanges.map(({ answer }) => answer));
    for (const { exchange } of exchanges) exchange.abort();
    expect(told).toEqual({ sent: 5, answered: 5, lost: 0 });
  });

  it.each<[string, (given: Setting, sent: ReturnType<typeof send>) => void]>([
    ['is given up, twice', (_, { exchange }) => [0, 1].forEach(() => exchange.abort())],
    ['is given up for want of an answer', (_, { exchange }) => exchange.abandon()],
    ['loses its connection', ({ sockets }) => sockets[0]?.resetAndDestroy()],
    ['gets what is no answer', ({ sockets }) => sockets[0]?.write('nonsense\r\n\r\n')],
    ['is broken off with the pool', ({ pool }) => pool.close()],
  ])('goes down once for one that %s', async (_, happens) => {
    const world = await given(never, { moderation });
    const sent = send(world.pool);
    await waitFor(() => world.received.length === 1, { what: 'the request', timeoutMs: 3_000, intervalMs: 5 });
    happens(world, sent);
    await waitFor(() => told.lost > 0, { what: 'its end', timeoutMs: 3_000, intervalMs: 5 });
    await waitFor(() => world.sockets[0]?.destroyed === true, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
    expect(told).toEqual({ sent: 1, answered: 0, lost: 1 });
  });

  it('goes down once for one that is given up in the middle of its answer', async () => {
    const { pool, sockets } = await given((socket) => socket.write(OK), { moderation });
    let sent: Exchange | undefined;
    const request = { method: 'GET', path: '/', headers: 'accept: */*\r\n', body: undefined };
    sent = pool.send(request, { onHead: () => sent?.abort(), onData: never, onEnd: never, onError: never });
    await waitFor(() => sockets[0]?.destroyed === true, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
    expect(told).toEqual({ sent: 1, answered: 0, lost: 1 });
  });

  it('does not know one that found no connection', async () => {
    const { pool, server } = await given(never, { moderation });
    server.close();
    await once(server, 'close');
    await expect(send(pool).answer).rejects.toMatchObject({ sent: false });
    expect(told).toEqual({ sent: 0, answered: 0, lost: 0 });
  });
});

describe('a retired pool', () => {
  it('ends what is under way and what waits, and closes its connections then', async () => {
    const held: Socket[] = [];
    const { pool, sockets } = await given((socket) => held.push(socket), { maxConnections: 2 });
    const answers = Promise.all([send(pool).answer, send(pool).answer, send(pool).answer]);
    await waitFor(() => held.length === 2, { what: 'two requests', timeoutMs: 3_000, intervalMs: 5 });
    pool.retire();
    for (const socket of held.splice(0)) socket.write(OK);
    await waitFor(() => held.length === 1, { what: 'the third request', timeoutMs: 3_000, intervalMs: 5 });
    held[0]?.write(OK);
    expect(await answers).toEqual(['200 ok', '200 ok', '200 ok']);
    await waitFor(() => sockets.every(({ destroyed }) => destroyed), { what: 'all connections to close', timeoutMs: 3_000, intervalMs: 5 });
  });
});

describe('a closed pool', () => {
  it('has broken off what was under way and what waited, and sends nothing any more', async () => {
    const { pool, received } = await given(() => undefined, { maxConnections: 1 });
    const under = send(pool).answer;
    const waiting = send(pool).answer;
    await waitFor(() => received.length === 1, { what: 'the request', timeoutMs: 3_000, intervalMs: 5 });
    pool.close();
    await expect(under).rejects.toMatchObject({ code: 'POOL_CLOSED', sent: true });
    await expect(waiting).rejects.toMatchObject({ code: 'POOL_CLOSED', sent: false });
    await expect(send(pool).answer).rejects.toMatchObject({ code: 'POOL_CLOSED', sent: false });
  });
});
