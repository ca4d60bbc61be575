import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { jobObject, merge, verdict } from './job-object.ts';

const stack = useStack();
let namespace: Namespace;

const TYPE = 'spec.type: Invalid value: "restore": type is immutable: a worker may already act on it; create another Job instead';
const PAYLOAD = 'spec.requestPayload: Invalid value: requestPayload is immutable: a worker may already act on it; create another Job with the new payload instead';
const KEY = 'idempotencyKey is immutable, also in being absent: it is the identity of the run; create another Job with the key instead';
const CANCEL = 'spec.cancel: Invalid value: false: cancel cannot be taken back: the job may already be cancelled; create another Job to run it again';

const path = (name: string): string => `${namespace.jobsPath}/${name}`;

beforeAll(async () => {
  namespace = await stack.namespace();
  await stack.api.post(namespace.jobsPath, jobObject('plain', { requestPayload: { n: 9, nested: { list: [1, null] }, z: null } }));
  await stack.api.post(namespace.jobsPath, jobObject('keyed', { idempotencyKey: 'k' }));
  await stack.api.post(namespace.jobsPath, jobObject('cancelled', { cancel: true }));
}, SETUP_TIMEOUT_MS);

describe('a change is refused, in words that say what to do instead', () => {
  it.each([
    ['the type', 'plain', { type: 'restore' }, TYPE],
    ['a value in the payload', 'plain', { requestPayload: { n: 10 } }, PAYLOAD],
    ['a member added to the payload', 'plain', { requestPayload: { more: true } }, PAYLOAD],
    ['a member taken out of the payload', 'plain', { requestPayload: { n: null } }, PAYLOAD],
    ['an element deep in the payload', 'plain', { requestPayload: { nested: { list: [1, false] } } }, PAYLOAD],
    ['a key where there was none', 'plain', { idempotencyKey: 'k' }, KEY],
    ['another key', 'keyed', { idempotencyKey: 'other' }, KEY],
    ['no key where there was one', 'keyed', { idempotencyKey: null }, KEY],
    ['a cancellation taken back', 'cancelled', { cancel: false }, CANCEL],
    ['a cancellation left out', 'cancelled', { cancel: null }, CANCEL],
  ])('%s', async (_, name, spec, words) => {
    expect(await merge(stack.api, path(name), { spec })).toContain(words);
    expect(await merge(stack.api, `${path(name)}?dryRun=All`, { spec })).toContain(words);
  });

  it('also by kubectl apply --dry-run=server, before anything runs', async () => {
    const manifest = JSON.stringify(jobObject('keyed', { idempotencyKey: 'k', requestPayload: { site: 'b.example' } }));
    const applied = stack.kubectl(['-n', namespace.name, 'apply', '--server-side', '--dry-run=server', '--force-conflicts', '-f', '-'], { input: manifest });
    await expect(applied).rejects.toThrow(/requestPayload is immutable: a worker may already act on it; create another Job with the new payload instead/);
  });

  it('without quoting the payload', async () => {
    expect(await merge(stack.api, path('plain'), { spec: { requestPayload: { password: 'hunter2' } } })).not.toMatch(/hunter2|nested/);
  });
});

describe('a change is accepted', () => {
  it.each([
    ['cancel set', { cancel: true }],
    ['a time to live', { ttlSecondsAfterFinished: 0 }],
    ['another time to live', { ttlSecondsAfterFinished: 7 }],
    ['no time to live any more', { ttlSecondsAfterFinished: null }],
    ['another ttlPolicy', { ttlPolicy: 'RowAndResource' }],
    ['another deletionPolicy', { deletionPolicy: 'Retain' }],
    ['the policies left out', { ttlPolicy: null, deletionPolicy: null }],
  ])('%s', async (_, spec) => {
    expect(await merge(stack.api, path('plain'), { spec })).toBe('accepted');
  });

  it('that changes nothing: the same manifest applied again, with its keys in another order', async () => {
    const { metadata, ...rest } = jobObject('again', { requestPayload: { b: [1, { c: null }], a: 1.5, big: 9_007_199_254_740_991 } });
    const reordered = { metadata, ...rest, spec: { requestPayload: { big: 9_007_199_254_740_991, a: 1.5, b: [1, { c: null }] }, type: 'clone' } };
    const apply = `${path('again')}?fieldManager=gitops&force=true`;
    const first = await verdict(stack.api, 'PATCH', apply, { ...rest, metadata: { name: 'again' } }, 'application/apply-patch+yaml');
    const second = await verdict(stack.api, 'PATCH', apply, { ...reordered, metadata: { name: 'again' } }, 'application/apply-patch+yaml');
    expect([first, second]).toEqual(['accepted', 'accepted']);
    expect((await stack.api.get<{ metadata: { generation: number } }>(path('again'))).metadata.generation).toBe(1);
  });
});
