import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../dev/wait-for.ts';
import { answer } from './support/local-server.ts';
import { withServer } from './support/with-server.ts';
import type { ApiRequest, Transport } from '../../../src/kubernetes/transport.ts';

const given = withServer();
const watch = { method: 'GET', path: '/x' } as const;

async function collect(transport: Transport, request: ApiRequest = watch): Promise<string[]> {
  const all: string[] = [];
  await transport.stream(request, (line) => all.push(line));
  return all;
}

describe('a stream', () => {
  it('gives whole lines, however they are cut on the way, and ends with the answer', async () => {
    const text = ['{"a":"é😀"}', '', 'x'.repeat(200_000), '{"b":2}', ''].join('\n');
    const bytes = Buffer.from(text);
    const { transport } = await given((_, response) => {
      response.writeHead(200);
      for (let at = 0; at < bytes.length; at += 7_001) response.write(bytes.subarray(at, at + 7_001));
      response.end();
    });
    expect(await collect(transport)).toEqual(['{"a":"é😀"}', 'x'.repeat(200_000), '{"b":2}']);
  });

  it('gives a line as soon as it came, without waiting for the next', async () => {
    let open: ServerResponse | undefined;
    const { transport } = await given((_, response) => {
      open = response;
      response.writeHead(200);
      response.write('one\n');
    });
    const lines: string[] = [];
    const stop = new AbortController();
    const ended = transport.stream({ ...watch, signal: stop.signal }, (line) => lines.push(line)).catch((error: unknown) => error);
    await waitFor(() => lines.length === 1, { what: 'the first line', timeoutMs: 3_000, intervalMs: 5 });
    open?.write('t');
    open?.write('wo\n');
    await waitFor(() => lines.length === 2, { what: 'the second line', timeoutMs: 3_000, intervalMs: 5 });
    expect(lines).toEqual(['one', 'two']);
    stop.abort(new Error('enough'));
    await ended;
  });

  it('ends with what its reader throws, hands out nothing after that, and closes its connection', async () => {
    const { transport, server } = await given((_, response) => {
      response.writeHead(200);
      response.write('one\ntwo\n');
    });
    const seen: string[] = [];
    const enough = new Error('enough');
    const reading = transport.stream(watch, (line) => {
      seen.push(line);
      throw enough;
    });
    await expect(reading).rejects.toBe(enough);
    expect(seen).toEqual(['one']);
    await waitFor(() => server.connections.open.size === 0, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
  });

  it('ends with the reason of the signal, before the answer and within it, and closes its connection', async () => {
    const { transport, server } = await given((_, response, count) => {
      if (count === 1) return;
      response.writeHead(200);
      response.write('one\n');
    });
    for (const requests of [1, 2]) {
      const abort = new AbortController();
      const collected = collect(transport, { ...watch, signal: abort.signal }).catch((error: unknown) => error);
      await waitFor(() => server.requests.length === requests, { what: 'the request', timeoutMs: 3_000, intervalMs: 5 });
      const reason = new Error('silent for too long');
      abort.abort(reason);
      expect(await collected).toBe(reason);
      await waitFor(() => server.connections.open.size === 0, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
    }
  });

  it('is given up when nothing comes at all', async () => {
    const { transport } = await given(() => undefined);
    await expect(collect(transport, { ...watch, timeoutMs: 50 })).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });

  it('may be silent for longer than that once it has begun', async () => {
    const { transport } = await given((_, response) => {
      response.writeHead(200);
      response.flushHeaders();
      setTimeout(() => response.end('late\n'), 150);
    });
    expect(await collect(transport, { ...watch, timeoutMs: 50 })).toEqual(['late']);
  });

  it('fails when it is cut, and hands out what came whole before', async () => {
    const { transport } = await given((request, response) => {
      response.writeHead(200);
      response.write('one\ntw');
      setImmediate(() => request.socket.destroy());
    });
    const lines: string[] = [];
    await expect(transport.stream(watch, (line) => lines.push(line))).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(lines).toEqual(['one']);
  });

  it('fails when it ends properly but in the middle of a line', async () => {
    const { transport } = await given((_, response) => answer(response, 200, 'one\ntw'));
    await expect(collect(transport)).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });

  it('that is refused is an error like any other', async () => {
    const { transport, server } = await given((_, response) => answer(response, 410, { reason: 'Expired', message: 'too old resource version: 1 (2)' }));
    await expect(collect(transport)).rejects.toMatchObject({
      code: 'API_GONE',
      message: 'GET /x: 410 Expired: too old resource version: 1 (2)',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a line without end', async () => {
    const { transport } = await given((_, response) => answer(response, 200, 'x'.repeat(10_000)), { maxResponseBytes: 5_000 });
    await expect(collect(transport)).rejects.toMatchObject({ code: 'API_RESPONSE_TOO_LARGE' });
  });
});
