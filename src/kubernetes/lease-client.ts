/** The Lease of leader election, on coordination.k8s.io/v1. */
import type { Lease, LeaseRecord, LeaseStore } from '../engine/lease.ts';
import { OperatorError, hasCode } from '../errors.ts';
import type { ApiRequest, Transport } from './transport.ts';

const API_VERSION = 'coordination.k8s.io/v1';

type Fields = Readonly<Record<string, unknown>>;

/** With the object it was read from: a PUT replaces all of it, and labels or owners are others' to decide. */
export interface StoredLease extends Lease {
  readonly metadata: Fields;
  readonly spec: Fields;
}

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Needs the verbs get, create and update on `leases`. The namespace has to be there.
 *
 * @param transport best one of its own: a renewal must not wait for a connection behind a thousand status writes
 */
export function createLeaseClient(transport: Transport, { namespace, name }: LeaseName): LeaseStore<StoredLease> {
  const collection = `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${collection}/${encodeURIComponent(name)}`;

  async function send(request: ApiRequest): Promise<StoredLease> {
    return parseLease((await transport.request(request)).text);
  }
  // Sent twice, a write meets its own first arrival and is a conflict; what is read then is ours.
  const write = (method: 'POST' | 'PUT', to: string, metadata: Fields, spec: Fields, signal: AbortSignal): Promise<StoredLease> =>
    send({ method, path: to, body: JSON.stringify({ apiVersion: API_VERSION, kind: 'Lease', metadata, spec }), signal, retry: true });

  return {
    async get(signal) {
      try {
        return await send({ method: 'GET', path, signal });
      } catch (error) {
        if (hasCode(error, 'API_NOT_FOUND')) return undefined;
        throw error;
      }
    },

    async create(record, signal) {
      try {
        return await write('POST', collection, { namespace, name }, { ...record }, signal);
      } catch (error) {
        // API_NOT_FOUND is the namespace that is not there: nothing that time mends.
        if (hasCode(error, 'API_CONFLICT')) return undefined;
        throw error;
      }
    },

    async update(lease, record, signal) {
      try {
        // The resourceVersion within the metadata makes a write over somebody else's a conflict.
        return await write('PUT', path, lease.metadata, { ...lease.spec, ...record }, signal);
      } catch (error) {
        if (hasCode(error, 'API_CONFLICT') || hasCode(error, 'API_NOT_FOUND')) return undefined;
        throw error;
      }
    },
  };
}

function parseLease(text: string): StoredLease {
  const object = parseObject(text);
  const metadata = asObject(object['metadata']);
  const spec = asObject(object['spec']);
  const resourceVersion = metadata['resourceVersion'];
  if (object['kind'] !== 'Lease' || typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new OperatorError('API_UNAVAILABLE', 'the answer to a request for a Lease is none');
  }
  return { record: recordOf(spec), resourceVersion, metadata, spec };
}

/** Every field is optional there, and anybody may write one by hand. */
function recordOf(spec: Fields): LeaseRecord {
  const text = (name: string): string | undefined => (typeof spec[name] === 'string' ? spec[name] : undefined);
  const number = (name: string): number | undefined => (typeof spec[name] === 'number' ? spec[name] : undefined);
  return {
    holderIdentity: text('holderIdentity') ?? '',
    leaseDurationSeconds: number('leaseDurationSeconds'),
    acquireTime: text('acquireTime'),
    renewTime: text('renewTime'),
    leaseTransitions: number('leaseTransitions') ?? 0,
  };
}

/** Anything may answer on that port: what is no object has no fields. */
function parseObject(text: string): Fields {
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function asObject(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
