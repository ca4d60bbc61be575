import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../dev/wait-for.ts';
import { systemClock } from '../../../src/engine/clock.ts';
import { Deadline, DeadlineExceeded } from '../../../src/engine/deadline.ts';
import { answer } from './support/local-server.ts';
import { withServer } from './support/with-server.ts';

const given = withServer();
const get = { method: 'GET', path: '/x' } as const;

describe('a server that is silent', () => {
  it('is given up after the time-out, and its connection closed', async () => {
    const { transport, server } = await given(() => undefined);
    await expect(transport.request({ ...get, timeoutMs: 500 })).rejects.toMatchObject({
      code: 'API_UNAVAILABLE',
      message: 'GET /x: no answer within 500 ms',
    });
    expect(server.requests).toHaveLength(1);
    await waitFor(() => server.connections.open.size === 0, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
  });

  it('is given up in the middle of its answer too', async () => {
    const { transport } = await given((_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('{"a"');
    });
    await expect(transport.request({ ...get, timeoutMs: 50 })).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });

  it('does not hold up a request that waits behind others for a connection: its time counts too', async () => {
    const { transport, server } = await given(() => undefined);
    const busy = Promise.allSettled(Array.from({ length: 32 }, async () => transport.request(get)));
    await waitFor(() => server.requests.length === 32, { what: 'all connections to be busy', timeoutMs: 3_000, intervalMs: 5 });
    const waiting = await Promise.allSettled(Array.from({ length: 8 }, async () => transport.request({ ...get, timeoutMs: 100 })));
    expect(waiting.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'rejected'));
    expect([server.connections.accepted, server.requests.length]).toEqual([32, 32]);
    await transport.close();
    await busy;
  });
});

describe('a request that was given up while it waited for a connection', () => {
  it('is never sent, though one becomes free later', async () => {
    const held: (() => void)[] = [];
    let holding = true;
    const { transport, server } = await given((_, response) => {
      const respond = (): void => answer(response, 200, {});
      if (holding) held.push(respond);
      else respond();
    });
    const busy = Promise.all(Array.from({ length: 32 }, async () => transport.request(get)));
    await waitFor(() => held.length === 32, { what: 'all connections to be busy', timeoutMs: 3_000, intervalMs: 5 });
    await expect(transport.request({ method: 'POST', path: '/late', timeoutMs: 20 })).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
    holding = false;
    for (const respond of held) respond();
    await busy;
    for (let count = 0; count < 40; count++) await transport.request(get);
    expect(server.requests).not.toContain('POST /late');
  });
});

describe('a caller that gives up', () => {
  it('gets its own reason back, and the connection is closed', async () => {
    const { transport, server } = await given(() => undefined);
    const abort = new AbortController();
    const pending = transport.request({ ...get, signal: abort.signal });
    await waitFor(() => server.requests.length === 1, { what: 'the request', timeoutMs: 3_000, intervalMs: 5 });
    const reason = new Error('shutting down');
    abort.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await waitFor(() => server.connections.open.size === 0, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
  });

  it('counts as unanswered when it has waited for as long as it meant to, and not when it was told to stop', async () => {
    const { transport, server, outcomes } = await given(() => undefined);
    const stop = new AbortController();
    const stopped = transport.request({ ...get, signal: stop.signal });
    const deadline = new Deadline(systemClock, 50, 'a renewal');
    await expect(transport.request({ ...get, signal: deadline.signal })).rejects.toBeInstanceOf(DeadlineExceeded);
    await waitFor(() => server.requests.length === 2, { what: 'both requests', timeoutMs: 3_000, intervalMs: 5 });
    stop.abort(new Error('shutting down'));
    await expect(stopped).rejects.toThrow('shutting down');
    expect(outcomes).toEqual([{ method: 'GET', code: '<error>' }]);
  });

  it('sends nothing when it gave up before', async () => {
    const { transport, server } = await given((_, response) => answer(response, 200, {}));
    await expect(transport.request({ ...get, signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
    expect(server.requests).toEqual([]);
  });
});

describe('an answer that is too large', () => {
  it('is broken off, and told apart from an object that is too large', async () => {
    const { transport } = await given((_, response) => answer(response, 200, 'x'.repeat(10_000)), { maxResponseBytes: 5_000 });
    await expect(transport.request(get)).rejects.toMatchObject({ code: 'API_RESPONSE_TOO_LARGE' });
  });
});

describe('many requests', () => {
  it('share at most 32 connections, and 200 in a row use one', async () => {
    const { transport, server } = await given((_, response) => answer(response, 200, { ok: 'é😀' }));
    for (let count = 0; count < 200; count++) {
      expect((await transport.request(get)).text).toBe('{"ok":"é😀"}');
    }
    expect(server.connections.accepted).toBe(1);
    await Promise.all(Array.from({ length: 500 }, async () => transport.request(get)));
    expect(server.connections.accepted).toBeLessThanOrEqual(32);
  });
});

describe('a closed transport', () => {
  it('has broken off what was under way', async () => {
    const { transport, server } = await given(() => undefined);
    const pending = transport.request(get);
    await waitFor(() => server.requests.length === 1, { what: 'the request', timeoutMs: 3_000, intervalMs: 5 });
    const [socket] = server.connections.open;
    const closed = socket && once(socket, 'close');
    await transport.close();
    await expect(pending).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
    await closed;
  });
});
