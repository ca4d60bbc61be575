/**
 * Requests to the API server: text in, text out, over our own connections.
 *
 * client-node's generated clients open a new TLS connection for every request, know no time-out and no retry, and parse
 * what nobody reads; from it we take the kubeconfig and the credentials (kubeconfig.ts).
 */
import { systemClock } from '../engine/clock.ts';
import type { Clock } from '../engine/clock.ts';
import { DeadlineExceeded } from '../engine/deadline.ts';
import { OperatorError } from '../errors.ts';
import { errorOfAnswer } from './api-error.ts';
import type { ClusterAccess, Credentials } from './cluster-access.ts';
import { ConnectionPool, connect } from './connection-pool.ts';
import type { Connect, Connections } from './connection-pool.ts';
import { CredentialCache } from './credential-cache.ts';
import { NoAnswer, exchange } from './exchange.ts';
import { headerLines } from '../http/message.ts';
import type { Headers, HttpRequest } from '../http/message.ts';
import { followLines } from './line-stream.ts';
import type { RefusedStream } from './line-stream.ts';
import { retryDelayMs } from './retry.ts';
import type { Failure } from './retry.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path segments encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** For one attempt, from the wait for a connection to the last byte (a stream: the first). Default 30,000 ms. */
  readonly timeoutMs?: number;
  /** Sending it twice does no harm. Default: GETs only. Say true for a write that carries a precondition. */
  readonly retry?: boolean;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Transport {
  /**
   * @throws OperatorError for every answer over 299 and for no answer (API_UNAVAILABLE); the signal's reason when it is aborted
   */
  request(request: ApiRequest): Promise<ApiResponse>;
  /**
   * Hands out the lines of an answer that goes on, as a watch does, until the server ends it; the caller says by the signal how long silence
   * may last. Not retried, but for a 401 with credentials read anew. Throws like `request`, also in the middle, and what `onLine` throws.
   */
  stream(request: ApiRequest, onLine: (line: string) => void): Promise<void>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** One attempt, for `rest_client_requests_total`. */
export interface AttemptOutcome {
  readonly method: string;
  /** The HTTP status, or `<error>` as client-go says. */
  readonly code: string;
}

export interface TransportOptions {
  readonly userAgent?: string;
  readonly observe?: (outcome: AttemptOutcome) => void;
  readonly connect?: Connect;
  readonly clock?: Pick<Clock, 'monotonic' | 'sleep'>;
  /** 0 to 1. */
  readonly random?: () => number;
  /** A larger answer, or line of a stream, is refused with API_RESPONSE_TOO_LARGE. Default 64 MiB. */
  readonly maxResponseBytes?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Far over any page of ours, far under what would endanger the process: a page of 500 payloads of 1.4 MB would be 700 MB. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

export function createTransport(access: ClusterAccess, options: TransportOptions = {}): Transport {
  return new PooledTransport(access, options);
}

class PooledTransport implements Transport {
  readonly #pool: ConnectionPool;
  readonly #credentials: CredentialCache;
  readonly #basePath: string;
  readonly #headerLines = new Map<string, string>();
  #headersOf: Credentials | undefined;
  readonly #userAgent: string;
  readonly #observe: (outcome: AttemptOutcome) => void;
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly #random: () => number;
  readonly #maxResponseBytes: number;

  constructor(access: ClusterAccess, options: TransportOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#pool = new ConnectionPool(access.server, access.proxyUrl, options.connect ?? connect);
    this.#credentials = new CredentialCache(access, this.#clock);
    const { pathname } = new URL(access.server);
    this.#basePath = pathname.replace(/\/$/, '');
    this.#userAgent = options.userAgent ?? 'jobs-operator';
    this.#observe = options.observe ?? (() => undefined);
    this.#random = options.random ?? Math.random;
    this.#maxResponseBytes = options.maxResponseBytes ?? MAX_RESPONSE_BYTES;
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS, retry = request.method === 'GET' } = request;
    let credentials = this.#credentials.fresh() ?? (await this.#credentials.get());
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      const limits = { timeoutMs, signal, maxBytes: this.#maxResponseBytes };
      let failure: Failure;
      let error: OperatorError;
      try {
        const answer = await exchange(this.#connections(credentials).requests, this.#outgoing(request, credentials), limits);
        this.#count(request, answer.status);
        if (answer.status < 300) return answer;
        error = refusal(request, answer);
        if (answer.status === 401 && !renewed) {
          renewed = true;
          credentials = await this.#credentials.renew(credentials);
          continue;
        }
        failure = { kind: 'answer', status: answer.status, retryAfterMs: error.retryAfterMs };
      } catch (thrown) {
        // A caller who waited long enough was not answered; one who was told to stop does not know.
        if (thrown instanceof DeadlineExceeded) this.#count(request, '<error>');
        if (!(thrown instanceof NoAnswer)) throw thrown;
        this.#count(request, '<error>');
        error = unanswered(request, thrown);
        if (thrown.why !== 'not-sent' && thrown.why !== 'broken') throw error;
        failure = { kind: thrown.why };
      }
      const delay = error.code === 'API_TOO_LARGE' ? undefined : retryDelayMs(failure, attempt, retry, this.#random());
      if (delay === undefined) throw error;
      await this.#clock.sleep(delay, signal);
    }
  }

  async stream(request: ApiRequest, onLine: (line: string) => void): Promise<void> {
    const credentials = await this.#credentials.get();
    let refused = await this.#streamWith(request, credentials, onLine);
    if (refused?.status === 401) refused = await this.#streamWith(request, await this.#credentials.renew(credentials), onLine);
    if (refused !== undefined) throw refusal(request, refused);
  }

  async close(): Promise<void> {
    this.#pool.close();
  }

  async #streamWith(request: ApiRequest, credentials: Credentials, onLine: (line: string) => void): Promise<RefusedStream | undefined> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request;
    const limits = { timeoutMs, signal, maxLineBytes: this.#maxResponseBytes };
    let hasStarted = false;
    const onStart = (status: number): void => {
      hasStarted = true;
      this.#count(request, status);
    };
    try {
      return await followLines(this.#connections(credentials).streams, this.#outgoing(request, credentials), limits, { onStart, onLine });
    } catch (thrown) {
      if (!(thrown instanceof NoAnswer)) throw thrown;
      if (!hasStarted) this.#count(request, '<error>');
      throw unanswered(request, thrown);
    }
  }

  #connections(credentials: Credentials): Connections {
    return this.#pool.for(credentials.tls);
  }

  #outgoing({ method, path, query, body, contentType = 'application/json', accept = 'application/json' }: ApiRequest, credentials: Credentials): HttpRequest {
    const headers = this.#headers(credentials, accept, body === undefined ? undefined : contentType);
    return { method, path: this.#basePath + path + (query === undefined ? '' : queryOf(query)), headers, body };
  }

  /** Made once for each kind of request and each reading of the credentials. */
  #headers(credentials: Credentials, accept: string, contentType: string | undefined): string {
    if (this.#headersOf !== credentials) {
      this.#headersOf = credentials;
      this.#headerLines.clear();
    }
    const kind = `${accept} ${contentType}`;
    let lines = this.#headerLines.get(kind);
    if (lines === undefined) {
      const fields = { 'user-agent': this.#userAgent, accept, ...(contentType === undefined ? {} : { 'content-type': contentType }), ...credentials.headers };
      try {
        lines = headerLines(fields);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new OperatorError('API_UNAUTHORIZED', `the credentials cannot be sent: ${error.message}`);
      }
      this.#headerLines.set(kind, lines);
    }
    return lines;
  }

  #count({ method }: ApiRequest, code: number | string): void {
    this.#observe({ method, code: String(code) });
  }
}

/** Most queries are one constant object. */
const QUERIES = new WeakMap<object, string>();

function queryOf(query: NonNullable<ApiRequest['query']>): string {
  let text = QUERIES.get(query);
  if (text === undefined) {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    text = parameters.size === 0 ? '' : `?${parameters.toString()}`;
    QUERIES.set(query, text);
  }
  return text;
}

function refusal({ method, path }: ApiRequest, { status, headers, text }: ApiResponse): OperatorError {
  const retryAfter = headers.get('retry-after');
  return errorOfAnswer({ method, path, status, text, retryAfter });
}

function unanswered({ method, path }: ApiRequest, failure: NoAnswer): OperatorError {
  const code = failure.why === 'too-large' ? 'API_RESPONSE_TOO_LARGE' : 'API_UNAVAILABLE';
  return new OperatorError(code, `${method} ${path}: ${failure.message}`, { cause: failure });
}
