/** An HTTP proxy that opens tunnels (CONNECT), as firms put before their clusters. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** `host:port` of each tunnel so far. */
  readonly tunnels: string[];
  stop(): Promise<void>;
}

export async function startConnectProxy(): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const open = new Set<{ destroy(): void }>();
  const server = createServer();
  server.on('connection', (socket: Socket) => open.add(socket));
  server.on('connect', (request, down) => {
    const target = request.url ?? '';
    tunnels.push(target);
    const { hostname, port } = new URL(`http://${target}`);
    const up = connect(Number(port), hostname, () => {
      down.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      down.pipe(up).pipe(down);
    });
    open.add(up);
    up.on('error', () => down.destroy());
    down.on('error', () => up.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
