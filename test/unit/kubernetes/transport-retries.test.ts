import { describe, expect, it } from '@jest/globals';
import { answer } from './support/local-server.ts';
import { withServer } from './support/with-server.ts';

const given = withServer();
const get = { method: 'GET', path: '/x' } as const;
const post = { method: 'POST', path: '/x', body: '{}' } as const;

describe('a request that failed in passing', () => {
  it('is sent again after 503, and the caller sees only the success', async () => {
    const { transport, outcomes, slept } = await given((_, response, count) => answer(response, count < 3 ? 503 : 200, { count }));
    await expect(transport.request(get)).resolves.toMatchObject({ status: 200, text: '{"count":3}' });
    expect(outcomes.map(({ method, code }) => `${method} ${code}`)).toEqual(['GET 503', 'GET 503', 'GET 200']);
    expect(slept).toEqual([100, 400]);
  });

  it('waits as long as Retry-After says, and somewhat longer so that not all return at once', async () => {
    const { transport, slept } = await given((_, response, count) => answer(response, count === 1 ? 429 : 200, {}, count === 1 ? { 'retry-after': '2' } : {}));
    await transport.request(get);
    expect(slept).toEqual([2_200]);
  });

  it('is handed to the caller when it may only be sent again after more than five seconds', async () => {
    const { transport, server, slept } = await given((_, response) => answer(response, 429, {}, { 'retry-after': '30' }));
    await expect(transport.request(get)).rejects.toMatchObject({ code: 'API_UNAVAILABLE', status: 429, retryAfterMs: 30_000 });
    expect(server.requests).toHaveLength(1);
    expect(slept).toEqual([]);
  });

  it('is given up after four attempts', async () => {
    const { transport, server } = await given((_, response) => answer(response, 504, {}));
    await expect(transport.request(get)).rejects.toMatchObject({ code: 'API_UNAVAILABLE', status: 504 });
    expect(server.requests).toHaveLength(4);
  });

  it('is sent again at once, on another connection, when the server closed the one it was on', async () => {
    const { transport, server, slept, outcomes } = await given((request, response, count) => (count === 1 ? request.socket.destroy() : answer(response, 200, {})));
    await expect(transport.request(get)).resolves.toMatchObject({ status: 200 });
    expect(server.connections.accepted).toBe(2);
    expect(slept).toEqual([0]);
    expect(outcomes[0]).toEqual({ method: 'GET', code: '<error>' });
  });

  it('is sent again when there is no connection at all, whatever it does, and then named', async () => {
    const { transport, server, slept } = await given(() => undefined);
    await server.stop();
    await expect(transport.request(post)).rejects.toMatchObject({
      code: 'API_UNAVAILABLE',
      message: 'POST /x: no connection (ECONNREFUSED)',
    });
    expect(slept).toEqual([100, 400, 1_600]);
    // The set-up stops it again.
    server.stop = async () => undefined;
  });
});

describe('a write that may not be sent twice', () => {
  it('is not sent again after a broken connection', async () => {
    const { transport, server } = await given((request) => request.socket.destroy());
    await expect(transport.request(post)).rejects.toMatchObject({ code: 'API_UNAVAILABLE' });
    expect(server.requests).toHaveLength(1);
  });

  it('is not sent again after 503', async () => {
    const { transport, server } = await given((_, response) => answer(response, 503, {}));
    await expect(transport.request(post)).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(1);
  });

  it('is sent again after 429, which is said before anything is done', async () => {
    const { transport } = await given((_, response, count) => answer(response, count === 1 ? 429 : 201, {}));
    await expect(transport.request(post)).resolves.toMatchObject({ status: 201 });
  });

  it('is sent again when its sender says that it carries a precondition', async () => {
    const { transport, server } = await given((_, response, count) => answer(response, count === 1 ? 503 : 200, {}));
    await expect(transport.request({ ...post, method: 'PATCH', retry: true })).resolves.toMatchObject({ status: 200 });
    expect(server.requests).toEqual(['PATCH /x', 'PATCH /x']);
  });
});

describe('an answer that will not change', () => {
  it.each([400, 403, 404, 409, 410, 413, 422])('is not asked for again: %d', async (status) => {
    const { transport, server } = await given((_, response) => answer(response, status, {}));
    await expect(transport.request({ ...post, retry: true })).rejects.toMatchObject({ status });
    expect(server.requests).toHaveLength(1);
  });

  it('is not asked for again: an object too large for etcd, though it comes as a 500', async () => {
    const { transport, server } = await given((_, response) =>
      answer(response, 500, { message: 'etcdserver: request is too large', details: { retryAfterSeconds: 1 } }),
    );
    await expect(transport.request({ ...post, retry: true })).rejects.toMatchObject({ code: 'API_TOO_LARGE' });
    expect(server.requests).toHaveLength(1);
  });
});
