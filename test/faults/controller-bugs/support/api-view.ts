/**
 * The API server as one operator sees it: a proxy that can hold back what watches bring, lose it for good, and answer lists as they
 * were earlier. Whatever concerns a single Job, reads and writes, always reaches the server as it is now.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import { linesOf } from '../../../../dev/lines.ts';
import type { KubernetesCredentials } from '../../../support/stack.ts';

/** As the API server says it when etcd has compacted the history that a watch would go on from. */
const GONE = JSON.stringify({
  type: 'ERROR',
  object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'too old resource version', reason: 'Expired', code: 410 },
});

/** Of the connection between two hosts, not of the message. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding']);

interface Watch {
  readonly response: ServerResponse;
  readonly upstream: AbortController;
  lost: boolean;
}

/** Both forms of one list, byte for byte. */
interface Memory {
  readonly resourceVersion: string;
  readonly whole: string;
  readonly metadata: string;
}

const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export class ApiView {
  /** For the operator's kubeconfig. */
  readonly credentials: KubernetesCredentials;
  readonly #server: Server;
  readonly #target: KubernetesCredentials;
  readonly #agent: Agent;
  readonly #watches = new Set<Watch>();
  #gate: PromiseWithResolvers<void> | undefined;
  #memory: Memory | undefined;
  #past = false;
  #replayed = false;
  #listsOfThePast = 0;

  private constructor(server: Server, target: KubernetesCredentials) {
    this.#server = server;
    this.#target = target;
    this.#agent = new Agent({ connect: { ca: target.ca }, headersTimeout: 0, bodyTimeout: 0 });
    this.credentials = { ...target, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    server.on('request', (incoming, response) => {
      // Whoever asks learns of a failure by the end of the connection, as of any server's.
      this.#answer(incoming, response).catch(() => response.destroy());
    });
  }

  static async open(target: KubernetesCredentials): Promise<ApiView> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ApiView(server, target);
  }

  /** How often a list was answered as it was earlier. */
  get listsOfThePast(): number {
    return this.#listsOfThePast;
  }

  /** From now on watches bring nothing, and look as if nothing happened. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** What was held back comes after all, in order, and what follows comes at once. */
  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  /** What was held back is lost together with the server's history: each watch ends with 410, so that only a list can tell what there is now. */
  lose(): void {
    for (const watch of this.#watches) {
      watch.lost = true;
      watch.upstream.abort();
      watch.response.end(`${GONE}\n`);
    }
    this.release();
  }

  /** Keeps the lists of these Jobs as they are now. */
  async remember(jobsPath: string): Promise<void> {
    const [whole, metadata] = await Promise.all(['application/json', METADATA_ONLY].map((accept) => this.#list(jobsPath, accept)));
    if (whole === undefined || metadata === undefined) throw new Error('two lists were asked for');
    const { resourceVersion } = (JSON.parse(whole) as { metadata: { resourceVersion: string } }).metadata;
    this.#memory = { resourceVersion, whole, metadata };
  }

  /** From now on lists are what was remembered, and watches, which go on from there, bring nothing: a server that lags behind. */
  goBack(): void {
    this.#past = true;
    this.hold();
    for (const watch of this.#watches) watch.response.destroy();
  }

  /** The server that lagged behind catches up: its watches bring all that has happened since, in order. */
  catchUp(): void {
    this.#past = false;
    this.release();
  }

  /** Watches are cut; the next ones begin where was remembered, wherever they were asked to: a server whose history went back. */
  replay(): void {
    this.#replayed = true;
    for (const watch of this.#watches) watch.response.destroy();
  }

  async close(): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#agent.destroy();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', this.#target.url);
    const ofCollection = incoming.method === 'GET' && url.pathname.endsWith('/jobs');
    if (ofCollection && url.searchParams.get('watch') === 'true') return this.#watch(url, incoming, response);
    const ofSelection = url.searchParams.has('fieldSelector');
    if (ofCollection && !ofSelection && this.#past && this.#memory !== undefined) {
      this.#listsOfThePast += 1;
      const isMetadata = (incoming.headers.accept ?? '').includes('PartialObjectMetadataList');
      response.writeHead(200, { 'content-type': 'application/json' }).end(isMetadata ? this.#memory.metadata : this.#memory.whole);
      return;
    }
    const answer = await this.#forward(url, incoming);
    response.writeHead(answer.statusCode, messageHeaders(answer.headers));
    await pipeline(answer.body, response);
  }

  async #watch(url: URL, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#replayed && this.#memory !== undefined) {
      this.#replayed = false;
      url.searchParams.set('resourceVersion', this.#memory.resourceVersion);
    }
    const watch: Watch = { response, upstream: new AbortController(), lost: false };
    this.#watches.add(watch);
    response.once('close', () => {
      this.#watches.delete(watch);
      watch.upstream.abort();
    });
    try {
      const answer = await this.#forward(url, incoming, watch.upstream.signal);
      response.writeHead(answer.statusCode, messageHeaders(answer.headers)).flushHeaders();
      for await (const line of linesOf(answer.body)) {
        await this.#gate?.promise;
        if (watch.lost) return;
        response.write(`${line}\n`);
      }
      response.end();
    } catch (error) {
      // Broken off by us, or because nobody listens any more.
      if (!watch.upstream.signal.aborted) throw error;
    }
  }

  #forward(url: URL, incoming: IncomingMessage, signal?: AbortSignal): ReturnType<typeof request> {
    const { method = 'GET' } = incoming;
    return request(url, {
      dispatcher: this.#agent,
      method: method as 'GET',
      headers: messageHeaders(incoming.headers),
      ...(method === 'GET' ? {} : { body: incoming }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #list(jobsPath: string, accept: string): Promise<string> {
    const { statusCode, body } = await request(`${this.#target.url}${jobsPath}`, {
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.#target.token}`, accept },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`the Jobs were answered ${statusCode}: ${text}`);
    return text;
  }
}

function messageHeaders(headers: NodeJS.Dict<string | string[]>): OutgoingHttpHeaders & Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value]])));
}
