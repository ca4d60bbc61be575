/** A Lease kept in memory as the API server keeps one; what goes wrong on the way to it is each client's own. */
import type { Lease, LeaseRecord, LeaseStore } from '../../../src/engine/lease.ts';

/** What becomes of one request. */
export interface Passage {
  /** Before it reaches the server, and before its answer is back; resolve to go on, reject for an error. */
  readonly there?: () => Promise<void>;
  readonly back?: () => Promise<void>;
}

type Method = 'get' | 'create' | 'update';

export class FakeLeaseServer {
  #lease: Lease | undefined;
  #version = 0;

  get lease(): Lease | undefined {
    return this.#lease;
  }

  get record(): LeaseRecord {
    if (this.#lease === undefined) throw new Error('there is no Lease');
    return this.#lease.record;
  }

  /** As with `kubectl`: no precondition. */
  put(record: LeaseRecord): Lease {
    this.#version += 1;
    this.#lease = { record, resourceVersion: String(this.#version) };
    return this.#lease;
  }

  edit(change: Partial<LeaseRecord>): void {
    this.put({ ...this.record, ...change });
  }

  delete(): void {
    this.#lease = undefined;
  }

  client(): FakeLeaseClient {
    return new FakeLeaseClient(this);
  }
}

export class FakeLeaseClient implements LeaseStore {
  /** Asked for each request. */
  passage: (method: Method) => Passage = () => ({});
  readonly requests: Method[] = [];
  readonly #server: FakeLeaseServer;

  constructor(server: FakeLeaseServer) {
    this.#server = server;
  }

  /** From now on every request fails with `error`; undefined: none does. */
  fail(error: Error | undefined): void {
    const there = async (): Promise<void> => {
      throw error;
    };
    this.passage = () => (error === undefined ? {} : { there });
  }

  /** From now on no request is answered, nor its signal listened to. */
  hang(): void {
    this.passage = () => ({ there: () => new Promise(() => undefined) });
  }

  get(): Promise<Lease | undefined> {
    return this.#carry('get', () => this.#server.lease);
  }

  create(record: LeaseRecord): Promise<Lease | undefined> {
    return this.#carry('create', () => (this.#server.lease === undefined ? this.#server.put(record) : undefined));
  }

  update(lease: Lease, record: LeaseRecord): Promise<Lease | undefined> {
    return this.#carry('update', () => (this.#server.lease?.resourceVersion === lease.resourceVersion ? this.#server.put(record) : undefined));
  }

  async #carry<T>(method: Method, onServer: () => T): Promise<T> {
    this.requests.push(method);
    const { there, back } = this.passage(method);
    await there?.();
    const answer = onServer();
    await back?.();
    return answer;
  }
}
