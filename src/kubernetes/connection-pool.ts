/** Our connections to the API server: kept alive, bounded, replaced when the TLS material is. */
import { OperatorError } from '../errors.ts';
import { dialler } from '../http/dial.ts';
import { Moderation } from '../http/moderation.ts';
import { HttpPool } from '../http/pool.ts';
import type { TlsMaterial } from './cluster-access.ts';

/** Where requests go. Streams have connections of their own, so that watches never take those of requests. */
export interface Connections {
  readonly requests: HttpPool;
  readonly streams: HttpPool;
}

export type Connect = (server: string, tls: TlsMaterial, proxyUrl: string | undefined) => Connections;

/** Requests under way at once; the others wait. client-go's HTTP/2 has 100 streams, the API server's fairness queues admit fewer. */
const MAX_CONNECTIONS = 32;

const CONNECT_TIMEOUT_MS = 10_000;

/** Below the API server's own idle limit (90 s), so that it is us who closes: a write on a closing connection is lost. */
const IDLE_MS = 60_000;

/**
 * HTTP/1.1 on purpose. Timed-out and aborted requests then close their connection, so a dead one is never used twice; over HTTP/2
 * all requests share the fate and the flow-control window of one connection.
 */
export const connect: Connect = (server, tls, proxyUrl) => {
  const url = new URL(server);
  const dial = dialler(url, tls, proxyUrl === undefined ? undefined : new URL(proxyUrl));
  const common = { host: url.host, dial, connectTimeoutMs: CONNECT_TIMEOUT_MS, idleMs: IDLE_MS };
  return {
    requests: new HttpPool({ ...common, maxConnections: MAX_CONNECTIONS, moderation: new Moderation() }),
    streams: new HttpPool({ ...common, maxConnections: Number.POSITIVE_INFINITY }),
  };
};

/** The connections for the TLS material of the moment. */
export class ConnectionPool {
  readonly #server: string;
  readonly #proxyUrl: string | undefined;
  readonly #connect: Connect;
  #fingerprint: string | undefined;
  #connections: Connections | undefined;
  #last: TlsMaterial | undefined;
  #closed = false;

  constructor(server: string, proxyUrl: string | undefined, open: Connect = connect) {
    this.#server = server;
    this.#proxyUrl = proxyUrl;
    this.#connect = open;
  }

  /**
   * Rotated certificates get new connections; what is under way on the old ones ends in peace.
   *
   * @throws API_UNAVAILABLE after `close`
   */
  for(tls: TlsMaterial): Connections {
    if (this.#closed) throw new OperatorError('API_UNAVAILABLE', 'the connections to the API server are closed');
    if (this.#connections && this.#last === tls) return this.#connections;
    const fingerprint = fingerprintOf(tls);
    if (!this.#connections || fingerprint !== this.#fingerprint) {
      const old = this.#connections;
      this.#connections = this.#connect(this.#server, tls, this.#proxyUrl);
      this.#fingerprint = fingerprint;
      old?.requests.retire();
      old?.streams.retire();
    }
    this.#last = tls;
    return this.#connections;
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#closed = true;
    this.#connections?.requests.close();
    this.#connections?.streams.close();
    this.#connections = undefined;
  }
}

function fingerprintOf({ ca, cert, key, servername, rejectUnauthorized }: TlsMaterial): string {
  return JSON.stringify([ca?.toString(), cert?.toString(), key?.toString(), servername, rejectUnauthorized]);
}
