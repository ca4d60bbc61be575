/** A tiny HTTP server in the API server's place, for what the real one cannot be asked to do: fail on purpose. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ClusterAccess } from '../../../../src/kubernetes/cluster-access.ts';

export interface LocalServer {
  readonly access: ClusterAccess;
  /** Requests so far, as `METHOD /path?query`. */
  readonly requests: string[];
  /** TCP connections accepted so far, and still open. */
  readonly connections: { accepted: number; readonly open: Set<Socket> };
  stop(): Promise<void>;
}

export type Respond = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** @param respond gets the number of the request, from 1 */
export async function startLocalServer(respond: Respond, access: Partial<ClusterAccess> = {}): Promise<LocalServer> {
  const requests: string[] = [];
  const connections = { accepted: 0, open: new Set<Socket>() };
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    respond(request, response, requests.length);
  };
  const server = createServer(listener);
  server.on('connection', (socket: Socket) => {
    connections.accepted++;
    connections.open.add(socket);
    socket.on('close', () => connections.open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    access: {
      server: `http://127.0.0.1:${port}`,
      proxyUrl: undefined,
      namespace: undefined,
      source: 'a test',
      credentials: async () => ({ headers: { authorization: 'Bearer one' }, tls: {} }),
      ...access,
    },
    requests,
    connections,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
