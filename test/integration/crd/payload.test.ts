import { beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalJson } from '../../../src/json/canonical.ts';
import { sliceMember } from '../../../src/json/slice.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { merge } from './job-object.ts';

const stack = useStack();
let namespace: Namespace;

beforeAll(async () => {
  namespace = await stack.namespace();
}, SETUP_TIMEOUT_MS);

async function create(name: string, payload: string): Promise<string> {
  const body = `{"apiVersion":"wordpress.betaweb.ai/v1alpha1","kind":"Job","metadata":{"name":"${name}"},"spec":{"type":"clone","requestPayload":${payload}}}`;
  await stack.api.text('POST', namespace.jobsPath, { body });
  return sliceMember(await stack.api.text('GET', `${namespace.jobsPath}/${name}`), ['spec', 'requestPayload']) ?? 'none';
}

describe('a payload arrives unchanged', () => {
  it.each([
    ['int64', '{"max":9223372036854775807,"min":-9223372036854775808,"odd":9007199254740993}'],
    ['null', '{"a":null,"b":{"c":null},"d":[null]}'],
    ['strange-keys', String.raw`{"a.b":1,"a\"b":2,"":3,"__proto__":4,"kind":"Pod","metadata":{"name":"x"}}`],
    ['text', String.raw`{"emoji":"😀","html":"<b>&</b>","line":"\u2028","zero":"\u0000","escape":"\\n"}`],
    ['numbers', '{"half":0.5,"tiny":1e-7,"huge":1e300,"negative":-1.25}'],
    ['empty', '{}'],
  ])('%s', async (name, payload) => {
    expect(canonicalJson(await create(name, payload))).toBe(canonicalJson(payload));
  });

  it('with 9,000 levels, and stays writable', async () => {
    const payload = `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`;
    expect(await create('deep', payload)).toBe(payload);
    expect(await merge(stack.api, `${namespace.jobsPath}/deep`, { spec: { cancel: true } })).toBe('accepted');
  }, 30_000);

  it('with 1.4 MB in 60,000 objects, and the rule against changing it still holds', async () => {
    const payload = JSON.stringify({ items: Array.from({ length: 60_000 }, (_, id) => ({ id, on: true })) });
    expect(canonicalJson(await create('big', payload))).toBe(canonicalJson(payload));
    const path = `${namespace.jobsPath}/big`;
    expect(await merge(stack.api, path, { spec: { cancel: true } })).toBe('accepted');
    expect(await merge(stack.api, path, { spec: { requestPayload: { more: 1 } } })).toContain('requestPayload is immutable');
  }, 30_000);

  it('but for integers beyond int64, which the API server makes floating point', async () => {
    expect(await create('beyond', '{"n":18446744073709551615}')).toBe('{"n":18446744073709552000}');
  });
});
