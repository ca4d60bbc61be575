/** Connections to one server: kept alive, at most so many, shared by all requests. */
import { HttpConnection } from './connection.ts';
import type { ConnectionObserver } from './connection.ts';
import type { Dial } from './dial.ts';
import { requestText } from './message.ts';
import type { AnswerHandler, Headers, HttpRequest } from './message.ts';
import type { Moderation } from './moderation.ts';

export interface HttpPoolOptions {
  /** For the `host` header. */
  readonly host: string;
  readonly dial: Dial;
  /** The others wait, in their order. */
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** One without work for this long is closed. */
  readonly idleMs: number;
  /** Lets answers gather; not for those that never end. */
  readonly moderation?: RequestCount;
}

/** Is told of each request that gets a connection, and of its end, once. */
export type RequestCount = Pick<Moderation, 'sent' | 'answered' | 'lost'>;

/** What a request has to do with the pool. */
interface SendingHost {
  readonly moderation: RequestCount | undefined;
  /** Connections without work since that moment, monotonic ms, may be dead. */
  mistrust(since: number): void;
}

/** A request under way, for whoever sent it. */
export interface Exchange {
  /** Gives it up, wherever it is; its handler hears nothing more. Closes its connection. */
  abort(): void;
  /** The same, since no answer came in time. Connections without work since before it was sent may have died in the same silence, and are closed as well. */
  abandon(): void;
}

/** The pool was closed: nothing is sent any more. */
export class PoolClosed extends Error {
  override readonly name = 'PoolClosed';
  readonly code = 'POOL_CLOSED';

  constructor() {
    super('the connections are closed');
  }
}

/** One request on its way, between its sender and its connection, so that neither touches the other when it is over. */
class Sending implements Exchange, AnswerHandler {
  readonly text: string;
  readonly #handler: AnswerHandler;
  readonly #host: SendingHost;
  #connection: HttpConnection | undefined;
  #sentAt: number | undefined;
  #isOver = false;

  constructor(text: string, handler: AnswerHandler, host: SendingHost) {
    this.text = text;
    this.#handler = handler;
    this.#host = host;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  goBy(connection: HttpConnection): void {
    this.#connection = connection;
    this.#sentAt = performance.now();
    this.#host.moderation?.sent();
    connection.send(this.text, this);
  }

  abandon(): void {
    this.abort();
    if (this.#sentAt !== undefined) this.#host.mistrust(this.#sentAt);
  }

  abort(): void {
    this.#isOver = true;
    this.#leave()?.abort();
  }

  onHead(status: number, headers: Headers): void {
    this.#handler.onHead(status, headers);
  }

  onData(part: Buffer): void {
    this.#handler.onData(part);
  }

  onEnd(): void {
    this.#isOver = true;
    this.#connection = undefined;
    if (this.#sentAt !== undefined) this.#host.moderation?.answered(performance.now() - this.#sentAt);
    this.#handler.onEnd();
  }

  onError(error: Error, sent: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#handler.onError(error, sent);
  }

  /** Without an answer. @returns the connection that it was on */
  #leave(): HttpConnection | undefined {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) this.#host.moderation?.lost();
    return connection;
  }
}

export class HttpPool implements ConnectionObserver {
  readonly #options: HttpPoolOptions;
  readonly #host: SendingHost;
  readonly #connections = new Set<HttpConnection>();
  readonly #connecting = new Set<HttpConnection>();
  /** The one used last at the end, and used first: the others grow old together. */
  readonly #idle: HttpConnection[] = [];
  readonly #waiting: Sending[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #isRetired = false;
  #isClosed = false;

  constructor(options: HttpPoolOptions) {
    this.#options = options;
    this.#host = { moderation: options.moderation, mistrust: (since) => this.#closeIdleSince(since) };
  }

  /** Sends it as soon as there is a connection for it. @throws TypeError for a request that cannot be written down */
  send(request: HttpRequest, handler: AnswerHandler): Exchange {
    const sending = new Sending(requestText(request, this.#options.host), handler, this.#host);
    const connection = this.#idle.pop();
    if (connection !== undefined) {
      sending.goBy(connection);
    } else if (this.#isClosed) {
      queueMicrotask(() => sending.onError(new PoolClosed(), false));
    } else {
      this.#waiting.push(sending);
      this.#connect();
    }
    return sending;
  }

  /** What is under way or waits ends in peace, and takes the connections along. Nothing is to be sent any more. */
  retire(): void {
    this.#isRetired = true;
    for (const connection of this.#idle.splice(0)) connection.abort();
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    this.#idle.length = 0;
    const closed = new PoolClosed();
    for (const sending of this.#waiting.splice(0)) sending.onError(closed, false);
    for (const connection of this.#connections) connection.destroy(closed);
  }

  onFree(connection: HttpConnection): void {
    this.#connecting.delete(connection);
    const next = this.#nextWaiting();
    if (next !== undefined) next.goBy(connection);
    else if (this.#isRetired) connection.abort();
    else this.#rest(connection);
  }

  onGone(connection: HttpConnection, error: Error | undefined): void {
    this.#connecting.delete(connection);
    this.#connections.delete(connection);
    const place = this.#idle.indexOf(connection);
    if (place !== -1) this.#idle.splice(place, 1);
    if (this.#isClosed) return;
    // A connection that does not come about fails one request, which may try again; the others have tries of their own.
    if (error !== undefined) this.#nextWaiting()?.onError(error, false);
    this.#connect();
  }

  /** As many connections as are waited for, within the limit. */
  #connect(): void {
    const { dial, connectTimeoutMs, maxConnections } = this.#options;
    while (this.#connecting.size < this.#waiting.length && this.#connections.size < maxConnections) {
      const connection = new HttpConnection(dial, connectTimeoutMs, this);
      this.#connections.add(connection);
      this.#connecting.add(connection);
    }
  }

  /** The first that nobody has given up. */
  #nextWaiting(): Sending | undefined {
    for (;;) {
      const sending = this.#waiting.shift();
      if (sending === undefined || !sending.isOver) return sending;
    }
  }

  #rest(connection: HttpConnection): void {
    connection.idleSince = performance.now();
    this.#idle.push(connection);
    this.#idleTimer ??= setTimeout(() => this.#closeOld(), this.#options.idleMs).unref();
  }

  /** Of those without work, the ones that had none at that moment already. */
  #closeIdleSince(moment: number): void {
    while (this.#idle[0] !== undefined && this.#idle[0].idleSince <= moment) this.#idle.shift()?.abort();
  }

  #closeOld(): void {
    this.#idleTimer = undefined;
    const { idleMs } = this.#options;
    const now = performance.now();
    while (this.#idle[0] !== undefined && now - this.#idle[0].idleSince >= idleMs) this.#idle.shift()?.abort();
    const [oldest] = this.#idle;
    if (oldest !== undefined) this.#idleTimer = setTimeout(() => this.#closeOld(), Math.max(1, oldest.idleSince + idleMs - now)).unref();
  }
}
