import { beforeAll, describe, expect, it } from '@jest/globals';
import type { LeaseRecord, LeaseStore } from '../../../src/engine/lease.ts';
import { createLeaseClient } from '../../../src/kubernetes/lease-client.ts';
import type { StoredLease } from '../../../src/kubernetes/lease-client.ts';
import type { Transport } from '../../../src/kubernetes/transport.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Namespace } from '../../support/stack.ts';
import { transportOn } from './clients.ts';

const stack = useStack();
const { signal } = new AbortController();
let namespace: Namespace;
let transport: Transport;

beforeAll(async () => {
  namespace = await stack.namespace();
  transport = await transportOn(stack);
}, SETUP_TIMEOUT_MS);

const leaseOf = (name: string): LeaseStore<StoredLease> => createLeaseClient(transport, { namespace: namespace.name, name });

const record = (parts: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holderIdentity: 'a',
  leaseDurationSeconds: 15,
  acquireTime: '2026-01-01T00:00:00.123456Z',
  renewTime: '2026-01-01T00:00:02.000001Z',
  leaseTransitions: 3,
  ...parts,
});

async function made(name: string): Promise<StoredLease> {
  const lease = await leaseOf(name).create(record(), signal);
  if (lease === undefined) throw new Error('the Lease was there already');
  return lease;
}

describe('a Lease on the API server', () => {
  it('is nothing before it is made', async () => {
    expect(await leaseOf('nobody').get(signal)).toBeUndefined();
  });

  it('keeps its record to the microsecond', async () => {
    await made('exact');
    expect((await leaseOf('exact').get(signal))?.record).toEqual(record());
  });

  it('is made by one of two who try', async () => {
    await made('once');
    expect(await leaseOf('once').create(record({ holderIdentity: 'b' }), signal)).toBeUndefined();
    expect((await leaseOf('once').get(signal))?.record.holderIdentity).toBe('a');
  });

  it('is written by one of two who read the same version', async () => {
    const lease = await made('race');
    expect((await leaseOf('race').update(lease, record({ holderIdentity: 'b' }), signal))?.record.holderIdentity).toBe('b');
    expect(await leaseOf('race').update(lease, record({ holderIdentity: 'c' }), signal)).toBeUndefined();
  });

  it('is not written any more once it is deleted', async () => {
    const lease = await made('gone');
    await stack.api.text('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${namespace.name}/leases/gone`);
    expect(await leaseOf('gone').update(lease, record(), signal)).toBeUndefined();
  });

  it('keeps the labels that others gave it', async () => {
    const before = await made('labelled');
    await stack.api.merge(`/apis/coordination.k8s.io/v1/namespaces/${namespace.name}/leases/labelled`, { metadata: { labels: { team: 'x' } } });
    expect(await leaseOf('labelled').update(before, record(), signal)).toBeUndefined();
    const current = await leaseOf('labelled').get(signal);
    if (current === undefined) throw new Error('the Lease is gone');
    expect((await leaseOf('labelled').update(current, record({ holderIdentity: '' }), signal))?.metadata['labels']).toEqual({ team: 'x' });
  });

  it('fails loudly in a namespace that is not there', async () => {
    await expect(createLeaseClient(transport, { namespace: 'no-such-namespace', name: 'x' }).create(record(), signal)).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
  });
});
