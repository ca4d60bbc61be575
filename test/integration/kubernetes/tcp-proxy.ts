/** A TCP proxy that counts connections and can go silent. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections so far. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  /** From now on nothing is passed on, in either direction, and nothing is closed. */
  freeze(): void;
  /** Resets every open connection. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const open = new Set<{ readonly down: Socket; readonly up: Socket }>();
  let accepted = 0;
  const server = createServer((down) => {
    accepted++;
    const up = connect(target);
    const pair = { down, up };
    open.add(pair);
    down.pipe(up).pipe(down);
    for (const socket of [down, up]) {
      // The other side learns it by the close.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(pair);
        down.destroy();
        up.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => open.size,
    freeze() {
      for (const { down, up } of open) {
        down.unpipe(up).pause();
        up.unpipe(down).pause();
      }
    },
    reset() {
      for (const { down } of open) down.resetAndDestroy();
    },
    async stop() {
      for (const { down } of open) down.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
