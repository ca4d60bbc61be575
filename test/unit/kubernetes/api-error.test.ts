import { describe, expect, it } from '@jest/globals';
import { errorOfAnswer, retryAfterMsOf } from '../../../src/kubernetes/api-error.ts';

const refusal = (status: number, body: unknown, retryAfter?: string) =>
  errorOfAnswer({ method: 'PATCH', path: '/apis/x/jobs/a', status, text: typeof body === 'string' ? body : JSON.stringify(body), retryAfter });

describe('an answer becomes the error that says what to do', () => {
  it.each([
    ['401', 401, {}, 'API_UNAUTHORIZED'],
    ['403', 403, { reason: 'Forbidden' }, 'API_FORBIDDEN'],
    ['404 that names the object', 404, { reason: 'NotFound', details: { name: 'a', group: 'x', kind: 'jobs' } }, 'API_NOT_FOUND'],
    ['404 of a kind that is not served', 404, '404 page not found\n', 'API_NOT_SERVED'],
    ['404 that names nothing', 404, { reason: 'NotFound', message: 'the server could not find the requested resource', details: {} }, 'API_NOT_SERVED'],
    ['409', 409, { reason: 'Conflict' }, 'API_CONFLICT'],
    ['410', 410, { reason: 'Expired' }, 'API_GONE'],
    ['413', 413, {}, 'API_TOO_LARGE'],
    ['422', 422, { reason: 'Invalid' }, 'API_INVALID'],
    ['400', 400, { reason: 'BadRequest' }, 'API_INVALID'],
    ['415', 415, {}, 'API_INVALID'],
    ['429', 429, {}, 'API_UNAVAILABLE'],
    ['500', 500, { message: 'etcdserver: leader changed' }, 'API_UNAVAILABLE'],
    ['503 of a proxy in between', 503, '<html>', 'API_UNAVAILABLE'],
    ["etcd's size limit", 500, { message: 'etcdserver: request is too large' }, 'API_TOO_LARGE'],
    ["its client's size limit", 500, { message: 'rpc error: code = ResourceExhausted desc = trying to send message larger than max (3 vs. 2)' }, 'API_TOO_LARGE'],
  ])('%s', (_, status, body, code) => {
    expect(refusal(status, body)).toMatchObject({ code, status });
  });

  it('with the pause that the header asks for, else the one in the Status', () => {
    expect(refusal(429, {}, '7').retryAfterMs).toBe(7_000);
    expect(refusal(503, { details: { retryAfterSeconds: 3 } }).retryAfterMs).toBe(3_000);
    expect(refusal(503, {}).retryAfterMs).toBeUndefined();
    expect(retryAfterMsOf('Tue, 24 Nov 2026 02:28:16 GMT', undefined, Date.parse('2026-11-24T02:28:06Z'))).toBe(10_000);
    expect(retryAfterMsOf('soon')).toBeUndefined();
  });
});

describe('the message', () => {
  it('says which request failed, how and why', () => {
    const message = 'jobs.wordpress.betaweb.ai "a" is forbidden: User "u" cannot patch resource "jobs/status"';
    expect(refusal(403, { reason: 'Forbidden', message }).message).toBe(`PATCH /apis/x/jobs/a: 403 Forbidden: ${message}`);
  });

  it.each([400, 422])('never quotes what a %d quotes: only the names of the fields', (status) => {
    const body = {
      reason: 'Invalid',
      message: 'Job "a" is invalid: status.result: Invalid value: "hunter2"',
      details: { causes: [{ field: 'status.result', message: 'Invalid value: "hunter2"' }] },
    };
    expect(refusal(status, body).message).toBe(`PATCH /apis/x/jobs/a: ${status} Invalid (status.result)`);
  });

  it('is short', () => {
    expect(refusal(500, { message: 'x'.repeat(10_000) }).message.length).toBeLessThan(400);
  });

  it('never holds a body that is no Status', () => {
    expect(refusal(500, 'hunter2').message).toBe('PATCH /apis/x/jobs/a: 500');
    expect(refusal(500, '["hunter2"]').message).toBe('PATCH /apis/x/jobs/a: 500');
  });
});
