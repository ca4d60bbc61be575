/** A SOCKS 5 proxy (RFC 1928) that asks for no password and only connects, as `ssh -D` gives one. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { ConnectProxy } from './connect-proxy.ts';

const NO_PASSWORD = Buffer.from([5, 0]);
const CONNECTED = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);

export async function startSocksProxy(): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((down) => {
    open.add(down);
    down.on('error', () => down.destroy());
    // A message a read: the client waits for each answer.
    down.once('data', () => {
      down.write(NO_PASSWORD);
      down.once('data', (request) => {
        const { host, port } = destinationOf(request);
        tunnels.push(`${host}:${port}`);
        const up = connect(port, host, () => {
          down.write(CONNECTED);
          down.pipe(up).pipe(down);
        });
        open.add(up);
        up.on('error', () => down.destroy());
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Version, command, reserved, type of address, address, port. */
function destinationOf(request: Buffer): { readonly host: string; readonly port: number } {
  const isName = request[3] === 3;
  const end = isName ? 5 + (request[4] ?? 0) : 8;
  const host = isName ? request.subarray(5, end).toString() : request.subarray(4, end).join('.');
  return { host, port: request.readUInt16BE(end) };
}
