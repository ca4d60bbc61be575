/** An HTTP proxy before an API server that answers some requests itself: the real one behind it does all the rest. */

import { once } from 'node:events';
import { createServer, STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubernetesCredentials } from './kubernetes-api.ts';

export interface ProxiedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** In place of the API server. */
export interface ProxyAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text; default a metav1.Status of that status. */
  readonly body?: string;
}

/** Undefined: the API server is asked. It may take its time, and do what it likes before. */
export type Intercept = (asked: ProxiedRequest) => ProxyAnswer | undefined | Promise<ProxyAnswer | undefined>;

export interface ApiProxy {
  /** `http://127.0.0.1:port`, in clear text: what is tried is what HTTP says. */
  readonly url: string;
  /** Every request so far, in their order. */
  readonly requests: readonly ProxiedRequest[];
  /** From now on; undefined passes everything. */
  intercept: Intercept | undefined;
  /** Ends every connection, with all that is under way on it. */
  breakOff(): void;
  stop(): Promise<void>;
}

export async function startApiProxy({ url, ca }: KubernetesCredentials): Promise<ApiProxy> {
  const upstream = new URL(url);
  const agent = new Agent({ ca, keepAlive: true });
  const requests: ProxiedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const asked = { at: Date.now(), method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers };
    requests.push(asked);
    // Whoever asked may be gone.
    outgoing.on('error', () => outgoing.destroy());
    Promise.resolve(proxy.intercept?.(asked)).then(
      (answer) => (answer === undefined ? forward(incoming, outgoing, upstream, agent) : respond(outgoing, answer)),
      () => outgoing.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: ApiProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    intercept: undefined,
    breakOff: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      agent.destroy();
    },
  };
  return proxy;
}

function respond(outgoing: ServerResponse, { status, headers = {}, body = statusText(status) }: ProxyAnswer): void {
  outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
  outgoing.end(body);
}

function statusText(code: number): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason: STATUS_CODES[code]?.replaceAll(' ', '') ?? '', message: 'answered in place of the API server' });
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, { hostname, port }: URL, agent: Agent): void {
  const { method, url: path, headers } = incoming;
  const asking = request({ hostname, port, agent, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    // A watch begins with silence: whoever asked has to learn that it has begun.
    outgoing.flushHeaders();
    answer.pipe(outgoing);
    answer.on('error', () => outgoing.destroy());
  });
  asking.on('error', () => outgoing.destroy());
  outgoing.on('close', () => asking.destroy());
  incoming.pipe(asking);
}
