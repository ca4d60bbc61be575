import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { WatchEvent } from '../../../src/engine/list-watch.ts';
import { blockThread } from '../../../src/http/moderation.ts';
import type { JobResource } from '../../../src/job/resource.ts';
import { createJobCollection } from '../../../src/kubernetes/job-collection.ts';
import type { Transport } from '../../../src/kubernetes/transport.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { jobText, transportOn } from './clients.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import type { TcpProxy } from './tcp-proxy.ts';

const stack = useStack();
let namespace: Namespace;

async function proxied(): Promise<{ readonly proxy: TcpProxy; readonly transport: Transport }> {
  const { hostname, port } = new URL(stack.credentials.url);
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  stack.defer(() => proxy.stop());
  return { proxy, transport: await transportOn(stack, {}, { server: `https://127.0.0.1:${proxy.port}` }) };
}

const version = { method: 'GET', path: '/version' } as const;

beforeAll(async () => {
  namespace = await stack.namespace();
}, SETUP_TIMEOUT_MS);

describe('connections to the API server', () => {
  it('are used again: 200 requests, one after another, over one', async () => {
    const { proxy, transport } = await proxied();
    for (let count = 0; count < 200; count++) await transport.request(version);
    expect(proxy.accepted()).toBe(1);
  });

  it('are at most 32 for any number of requests at once', async () => {
    const { proxy, transport } = await proxied();
    await Promise.all(Array.from({ length: 500 }, async () => transport.request(version)));
    expect(proxy.accepted()).toBeLessThanOrEqual(32);
  });

  it('that were reset while idle cost nobody an error', async () => {
    const { proxy, transport } = await proxied();
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(Array.from({ length: 10 }, async () => transport.request(version)));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      proxy.reset();
    }
  });

  it('that went dead without a word are given up after the time-out, and the next request gets a new one', async () => {
    const { proxy, transport } = await proxied();
    await transport.request(version);
    proxy.freeze();
    const before = proxy.accepted();
    await expect(transport.request({ ...version, timeoutMs: 300 })).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
    await expect(transport.request(version)).resolves.toMatchObject({ status: 200 });
    expect(proxy.accepted()).toBe(before + 1);
  });

  it('are not given up for an answer that came while the process slept', async () => {
    const transport = await transportOn(stack);
    await transport.request(version);
    const answer = transport.request({ ...version, timeoutMs: 300 });
    await setImmediate();
    blockThread(600);
    await expect(answer).resolves.toMatchObject({ status: 200 });
  });

  it('of a watch are apart from those of requests, and are freed when the watch is given up', async () => {
    const { proxy, transport } = await proxied();
    const jobs = createJobCollection(transport, { namespace: namespace.name, labelSelector: undefined }, () => undefined);
    const abort = new AbortController();
    const { resourceVersion } = await jobs.list({ limit: 1, continue: undefined, signal: abort.signal });
    await waitFor(() => proxy.open() === 1, { what: 'one connection', timeoutMs: 3_000 });
    const events: WatchEvent<JobResource>[] = [];
    const watching = jobs.watch({ resourceVersion, timeoutSeconds: 60, signal: abort.signal, isKnown: () => false }, (event) => events.push(event));
    await waitFor(() => proxy.open() === 2, { what: "the watch's connection", timeoutMs: 3_000 });
    await transport.request({ method: 'POST', path: namespace.jobsPath, body: jobText('seen') });
    await waitFor(() => events.length === 1, { what: 'the event', timeoutMs: 3_000 });
    expect(events).toMatchObject([{ type: 'ADDED', object: { name: 'seen' } }]);

    abort.abort(new Error('stopped'));
    await expect(watching).rejects.toThrow('stopped');
    await waitFor(() => proxy.open() === 1, { what: "the watch's connection to close", timeoutMs: 3_000 });
  });

  it('end with the transport', async () => {
    const { proxy, transport } = await proxied();
    await transport.request(version);
    await transport.close();
    await waitFor(() => proxy.open() === 0, { what: 'all connections to close', timeoutMs: 3_000 });
    await expect(transport.request(version)).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
  });
});
