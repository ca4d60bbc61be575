import { beforeAll, describe, expect, it } from '@jest/globals';
import { installedDefinition, mayI, serverVersion } from '../../../src/kubernetes/inspection.ts';
import { createEventSink } from '../../../src/kubernetes/event-sink.ts';
import { makeEvent } from '../../../src/engine/event.ts';
import type { Transport } from '../../../src/kubernetes/transport.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { transportOn } from './clients.ts';

const stack = useStack();
let namespace: Namespace;
let admin: Transport;
let nobody: Transport;

beforeAll(async () => {
  namespace = await stack.namespace();
  admin = await transportOn(stack);
  const accounts = `/api/v1/namespaces/${namespace.name}/serviceaccounts`;
  await stack.api.post(accounts, { metadata: { name: 'nobody' } });
  const { status } = await stack.api.post<{ status: { token: string } }>(`${accounts}/nobody/token`, {});
  const tls = { ca: stack.credentials.ca };
  nobody = await transportOn(stack, {}, { credentials: async () => ({ headers: { authorization: `Bearer ${status.token}` }, tls }) });
}, SETUP_TIMEOUT_MS);

describe('the access review', () => {
  it('tells what these credentials may do', async () => {
    const permission = { verb: 'patch', group: 'wordpress.betaweb.ai', resource: 'jobs', subresource: 'status', namespace: namespace.name };
    expect(await mayI(admin, permission)).toBe(true);
    expect(await mayI(nobody, permission)).toBe(false);
    expect(await mayI(nobody, { ...permission, namespace: undefined })).toBe(false);
  });

  it('is answered to everybody, while a read that is not allowed is API_FORBIDDEN and says what is missing', async () => {
    await expect(installedDefinition(nobody)).rejects.toMatchObject({
      code: 'API_FORBIDDEN',
      message: expect.stringContaining('cannot get resource "customresourcedefinitions"') as unknown,
    });
  });
});

describe('the version', () => {
  it('is what the server says of itself', async () => {
    expect(await serverVersion(admin)).toMatch(/^v\d+\./);
  });
});

describe('an Event', () => {
  it('is taken by the API server, and once when it is sent twice', async () => {
    const sink = createEventSink(admin);
    const regarding = { apiVersion: 'wordpress.betaweb.ai/v1alpha1', kind: 'Job', namespace: namespace.name, name: 'j', uid: 'u' };
    const event = makeEvent(
      { regarding, type: 'Normal', reason: 'Accepted', action: 'CreateRow', note: 'n' },
      { controller: 'wordpress.betaweb.ai/jobs-operator', instance: 'i' },
      Date.now(),
      1,
    );
    const { signal } = new AbortController();
    await sink.create(event, signal);
    await sink.create(event, signal);
    const { items } = await stack.api.get<{ items: unknown[] }>(`/apis/events.k8s.io/v1/namespaces/${namespace.name}/events`);
    expect(items).toHaveLength(1);
  });
});
