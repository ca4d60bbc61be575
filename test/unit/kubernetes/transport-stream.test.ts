import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../dev/wait-for.ts';
import { answer } from './support/local-server.ts';
import { withServer } from './support/with-server.ts';

const given = withServer();
const watch = { method: 'GET', path: '/x' } as const;

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
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
    expect(await collect(transport.stream(watch))).toEqual(['{"a":"é😀"}', 'x'.repeat(200_000), '{"b":2}']);
  });

  it('gives a line as soon as it came, without waiting for the next', async () => {
    let open: ServerResponse | undefined;
    const { transport } = await given((_, response) => {
      open = response;
      response.writeHead(200);
      response.write('one\n');
    });
    const lines = transport.stream(watch);
    expect(await lines.next()).toEqual({ done: false, value: 'one' });
    open?.write('t');
    open?.write('wo\n');
    expect(await lines.next()).toEqual({ done: false, value: 'two' });
    await lines.return(undefined);
  });

  it('closes its connection when the reader leaves the loop', async () => {
    const { transport, server } = await given((_, response) => {
      response.writeHead(200);
      response.write('one\n');
    });
    for await (const line of transport.stream(watch)) {
      expect(line).toBe('one');
      break;
    }
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
      const collected = collect(transport.stream({ ...watch, signal: abort.signal })).catch((error: unknown) => error);
      await waitFor(() => server.requests.length === requests, { what: 'the request', timeoutMs: 3_000, intervalMs: 5 });
      const reason = new Error('silent for too long');
      abort.abort(reason);
      expect(await collected).toBe(reason);
      await waitFor(() => server.connections.open.size === 0, { what: 'the connection to close', timeoutMs: 3_000, intervalMs: 5 });
    }
  });

  it('is given up when nothing comes at all', async () => {
    const { transport } = await given(() => undefined);
    await expect(collect(transport.stream({ ...watch, timeoutMs: 50 }))).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });

  it('may be silent for longer than that once it has begun', async () => {
    const { transport } = await given((_, response) => {
      response.writeHead(200);
      response.flushHeaders();
      setTimeout(() => response.end('late\n'), 150);
    });
    expect(await collect(transport.stream({ ...watch, timeoutMs: 50 }))).toEqual(['late']);
  });

  it('fails when it is cut, and hands out what came whole before', async () => {
    const { transport } = await given((request, response) => {
      response.writeHead(200);
      response.write('one\ntw');
      setImmediate(() => request.socket.destroy());
    });
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of transport.stream(watch)) lines.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(lines).toEqual(['one']);
  });

  it('fails when it ends properly but in the middle of a line', async () => {
    const { transport } = await given((_, response) => answer(response, 200, 'one\ntw'));
    await expect(collect(transport.stream(watch))).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });

  it('that is refused is an error like any other', async () => {
    const { transport, server } = await given((_, response) => answer(response, 410, { reason: 'Expired', message: 'too old resource version: 1 (2)' }));
    await expect(collect(transport.stream(watch))).rejects.toMatchObject({
      code: 'API_GONE',
      message: 'GET /x: 410 Expired: too old resource version: 1 (2)',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('stops reading from a server that is faster than its reader, and loses nothing', async () => {
    const line = 'y'.repeat(1024 * 1024);
    let written = 0;
    const { transport } = await given((_, response) => {
      response.writeHead(200);
      const write = (): void => {
        while (written < 40) {
          written++;
          if (!response.write(`${line}\n`)) {
            response.once('drain', write);
            return;
          }
        }
        response.end();
      };
      write();
    });
    const lines = transport.stream(watch);
    await lines.next();
    const all = waitFor(() => written === 40, { what: 'all to be written', timeoutMs: 500, intervalMs: 5 });
    await expect(all).rejects.toThrow('gave up waiting');
    let count = 1;
    for await (const next of lines) count += Number(next === line);
    expect(count).toBe(40);
  });

  it('refuses a line without end', async () => {
    const { transport } = await given((_, response) => answer(response, 200, 'x'.repeat(10_000)), { maxResponseBytes: 5_000 });
    await expect(collect(transport.stream(watch))).rejects.toMatchObject({ code: 'API_RESPONSE_TOO_LARGE' });
  });
});
