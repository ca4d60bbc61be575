/** The pod's face to the kubelet and to Prometheus: `/healthz`, `/readyz` and `/metrics` over plain HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { HttpSettings } from '../config.ts';
import { OperatorError } from '../errors.ts';
import type { Logger } from './logger.ts';
import type { Exposition } from './metrics.ts';

/**
 * What is wrong, in a few words without secrets, or undefined when all is well. Answers at once from what
 * is known: a probe that waits for a database would turn its outage into a restart.
 */
export type Check = () => string | undefined;

/** By name, in the order they are shown. */
export type Checks = Readonly<Record<string, Check>>;

export interface HealthServerParts {
  readonly settings: HttpSettings;
  readonly exposition: Exposition;
  /** The loops turn; when not, the kubelet restarts the pod. */
  readonly alive: Checks;
  /** Caches synced, database reached once. */
  readonly ready: Checks;
  readonly logger: Logger;
}

/** A probe or a scrape is a few hundred bytes; who takes longer to say so (ms) is cut off. */
const REQUEST_TIMEOUT_MS = 5_000;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export class HealthServer {
  readonly #parts: HealthServerParts;
  readonly #server: Server;

  constructor(parts: HealthServerParts) {
    this.#parts = parts;
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => void this.#serve(request, response));
  }

  /**
   * Listens, and logs where.
   *
   * @returns the port, which differs from the setting when that is 0
   * @throws HTTP_PORT_UNAVAILABLE
   */
  async start(): Promise<number> {
    const { host, port } = this.#parts.settings;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(listenFailure(error, this.#parts.settings)));
      // Without a host Node listens on all interfaces, IPv6 included where there is any.
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
    this.#server.removeAllListeners('error');
    this.#server.on('error', (error) => this.#parts.logger.error({ error }, 'the health server failed'));
    const address = this.#server.address();
    const listening = typeof address === 'object' && address !== null ? address : { address: host, port };
    this.#parts.logger.info({ address: listening.address, port: listening.port }, 'health server listens');
    return listening.port;
  }

  /** Closes the port and every connection, at once; harmless when it never started. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, contentType, body } = await this.#safeAnswer(request);
    response.writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async #safeAnswer(request: IncomingMessage): Promise<Answer> {
    try {
      return await this.#answer(request);
    } catch (error) {
      // A check, or a gauge that is read at scrape time, threw: a bug, and no reason to end the process.
      this.#parts.logger.error({ error, path: request.url }, 'the health server could not answer');
      return plain(500, 'this could not be answered; the log says why');
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'only GET and HEAD');
    const [path = '', query] = (request.url ?? '').split('?', 2);
    const verbose = new URLSearchParams(query).has('verbose');
    switch (path) {
      case '/metrics':
        return { status: 200, contentType: this.#parts.exposition.contentType, body: await this.#parts.exposition.text() };
      case '/healthz':
        return judge(this.#parts.alive, verbose);
      case '/readyz':
        return judge(this.#parts.ready, verbose);
      default:
        return plain(404, 'there are /metrics, /healthz and /readyz');
    }
  }
}

/** The API server's own format: a line per check when asked for, or when something is wrong. */
function judge(checks: Checks, verbose: boolean): Answer {
  const outcomes = Object.entries(checks).map(([name, check]) => ({ name, problem: check() }));
  const failed = outcomes.some(({ problem }) => problem !== undefined);
  if (!failed && !verbose) return plain(200, 'ok');
  const lines = outcomes.map(({ name, problem }) => (problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`));
  return plain(failed ? 503 : 200, [...lines, failed ? 'failed' : 'ok'].join('\n'));
}

function plain(status: number, text: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function listenFailure(error: Error, { host, port }: HttpSettings): OperatorError {
  const code = 'code' in error ? String(error.code) : 'error';
  const reason: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program uses it',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
  };
  const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
  return new OperatorError('HTTP_PORT_UNAVAILABLE', `cannot listen on ${where}: ${reason[code] ?? code}`, { cause: error });
}
