/** Free TCP ports on loopback. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Well-known development servers live below. */
const LOWEST = 15_000;

/** First port that the kernel gives to outgoing connections (Linux's default is 32768). */
function firstEphemeralPort(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return 32_768;
  }
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Keeps the port from everybody who asks here, in whatever process, until this one ends: a server takes a second to bind its port, and one that is to take over
 * later takes minutes. Twenty lanes of a test, which ask at once, would meet in one of a hundred runs, and take each other's server for their own.
 *
 * An abstract socket (unix(7)) goes with its process, however that ends. Elsewhere than on Linux there are none, and nobody is kept from anything.
 */
function claim(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true);
  return new Promise((resolve) => {
    const holder = createServer().unref();
    holder.once('error', () => resolve(false));
    holder.listen(`\0jobs-operator-port-${port}`, () => resolve(true));
  });
}

/**
 * A port nobody listens on now, and that nobody else gets here. Not asked from the kernel (port 0), because that one may be handed to an outgoing
 * connection while a killed server waits for its restart; a random one below the ephemeral range stays free.
 */
export async function freePort(): Promise<number> {
  const end = Math.max(firstEphemeralPort(), LOWEST + 1_000);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(LOWEST, end);
    if ((await claim(port)) && (await canBind(port))) return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${end} after 100 tries`);
}

/** How etcd, kube-apiserver, mysqld and Node say that somebody was quicker. */
const TAKEN = /address already in use|EADDRINUSE|another mysqld server running on port/i;

/** Calls `start` with a free port; again with another one if somebody took it in between. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt >= 5 || !(error instanceof Error) || !TAKEN.test(error.message)) throw error;
    }
  }
}
