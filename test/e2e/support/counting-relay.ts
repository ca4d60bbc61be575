/** A TCP relay that counts the bytes between an operator and a server. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface CountingRelay {
  readonly port: number;
  /** Since it was started: from the operator, and to it. */
  bytes(): { readonly sent: number; readonly received: number };
  stop(): Promise<void>;
}

export async function startCountingRelay(target: { readonly host: string; readonly port: number }): Promise<CountingRelay> {
  const open = new Set<Socket>();
  let sent = 0;
  let received = 0;
  const server = createServer({ noDelay: true }, (down) => {
    const up = connect({ ...target, noDelay: true });
    down.on('data', (bytes) => (sent += bytes.length));
    up.on('data', (bytes) => (received += bytes.length));
    down.pipe(up).pipe(down);
    for (const [socket, other] of [[down, up], [up, down]] as const) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => ({ sent, received }),
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
