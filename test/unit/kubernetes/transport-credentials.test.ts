import { describe, expect, it } from '@jest/globals';
import { OperatorError } from '../../../src/errors.ts';
import type { Credentials } from '../../../src/kubernetes/cluster-access.ts';
import { connect } from '../../../src/kubernetes/connection-pool.ts';
import type { Connect } from '../../../src/kubernetes/connection-pool.ts';
import { answer } from './support/local-server.ts';
import { withServer } from './support/with-server.ts';

const given = withServer();
const get = { method: 'GET', path: '/x' } as const;
const bearer = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });

describe('a token', () => {
  it('is read once for many requests', async () => {
    let reads = 0;
    const { transport } = await given((_, response) => answer(response, 200, {}), {}, {
      async credentials() {
        reads++;
        return bearer('one');
      },
    });
    await Promise.all(Array.from({ length: 50 }, async () => transport.request(get)));
    expect(reads).toBe(1);
  });

  it('is read anew after ten seconds, so that a rotated file is noticed before the old token ends', async () => {
    let now = 0;
    let token = 'old';
    const seen: (string | undefined)[] = [];
    const { transport } = await given(
      (request, response) => {
        seen.push(request.headers.authorization);
        answer(response, 200, {});
      },
      { clock: { monotonic: () => now, sleep: async () => undefined } },
      { credentials: async () => bearer(token) },
    );
    await transport.request(get);
    token = 'new';
    now = 9_999;
    await transport.request(get);
    now = 10_000;
    await transport.request(get);
    expect(seen).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
  });

  it('is renewed once when it is refused, and the request sent again, even one that may not be sent twice', async () => {
    const renewals: boolean[] = [];
    const { transport, server } = await given(
      (request, response) => answer(response, request.headers.authorization === 'Bearer new' ? 201 : 401, {}),
      {},
      {
        async credentials(renew) {
          renewals.push(renew);
          return bearer(renew ? 'new' : 'old');
        },
      },
    );
    await expect(transport.request({ method: 'POST', path: '/x', body: '{}' })).resolves.toMatchObject({ status: 201 });
    expect(renewals).toEqual([false, true]);
    expect(server.requests).toHaveLength(2);
  });

  it('is renewed once for a hundred requests that were refused at the same time', async () => {
    let renewals = 0;
    const { transport } = await given(
      (request, response) => answer(response, request.headers.authorization === 'Bearer new' ? 200 : 401, {}),
      {},
      {
        async credentials(renew) {
          if (renew) renewals++;
          return bearer(renew ? 'new' : 'old');
        },
      },
    );
    await Promise.all(Array.from({ length: 100 }, async () => transport.request(get)));
    expect(renewals).toBe(1);
  });

  it('that cannot be read again for a moment goes on being used', async () => {
    let now = 0;
    const { transport } = await given(
      (_, response) => answer(response, 200, {}),
      { clock: { monotonic: () => now, sleep: async () => undefined } },
      {
        async credentials() {
          if (now > 0) throw new OperatorError('API_UNAUTHORIZED', 'the plugin failed');
          return bearer('one');
        },
      },
    );
    await transport.request(get);
    now = 60_000;
    await expect(transport.request(get)).resolves.toMatchObject({ status: 200 });
  });

  it('that was never had is an error that says why', async () => {
    const failing = { credentials: async () => Promise.reject(new OperatorError('API_UNAUTHORIZED', 'the plugin failed')) };
    const { transport, server } = await given((_, response) => answer(response, 200, {}), {}, failing);
    await expect(transport.request(get)).rejects.toThrow('the plugin failed');
    expect(server.requests).toEqual([]);
  });

  it('that no header can carry is never sent, and never told', async () => {
    const { transport, server } = await given((_, response) => answer(response, 200, {}), {}, { credentials: async () => bearer('one\r\nx-other: two') });
    const error: unknown = await transport.request(get).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'API_UNAUTHORIZED', message: expect.stringContaining('header authorization') as unknown });
    expect(String(error)).not.toContain('one');
    expect(server.requests).toEqual([]);
  });

  it('that is refused again ends in an error that says what to renew', async () => {
    const { transport, server } = await given((_, response) => answer(response, 401, { message: 'Unauthorized' }));
    await expect(transport.request(get)).rejects.toMatchObject({ code: 'API_UNAUTHORIZED', status: 401 });
    expect(server.requests).toHaveLength(2);
  });

  it('is renewed for a stream too', async () => {
    const { transport } = await given(
      (request, response) => answer(response, request.headers.authorization === 'Bearer new' ? 200 : 401, 'a\n'),
      {},
      { credentials: async (renew) => bearer(renew ? 'new' : 'old') },
    );
    const lines: string[] = [];
    await transport.stream(get, (line) => lines.push(line));
    expect(lines).toEqual(['a']);
  });
});

describe('a certificate', () => {
  it('that was replaced gets new connections, one that was only read again does not', async () => {
    let now = 0;
    let cert = 'first';
    const opened: (string | undefined)[] = [];
    const counting: Connect = (server, tls, proxyUrl) => {
      opened.push(tls.cert?.toString());
      return connect(server, tls, proxyUrl);
    };
    const { transport } = await given(
      (_, response) => answer(response, 200, {}),
      { clock: { monotonic: () => now, sleep: async () => undefined }, connect: counting },
      { credentials: async () => ({ headers: {}, tls: { cert: Buffer.from(cert) } }) },
    );
    await transport.request(get);
    now = 20_000;
    await transport.request(get);
    expect(opened).toEqual(['first']);
    cert = 'second';
    now = 40_000;
    await transport.request(get);
    expect(opened).toEqual(['first', 'second']);
  });
});
