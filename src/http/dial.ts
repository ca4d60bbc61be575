/** The way to a server: TCP, a proxy's tunnel where there is one, TLS. */
import { once } from 'node:events';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContextOptions } from 'node:tls';

/** What a TLS connection needs; PEM. */
export type TlsSettings = Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> & Pick<ConnectionOptions, 'servername' | 'rejectUnauthorized'>;

/** @param onBytes gets what is read; the memory is used again after the call */
export type Dial = (onBytes: (bytes: Buffer) => void, signal: AbortSignal) => Promise<Socket>;

/** TCP probes on a silent connection (ms), so that a half-open one is noticed: client-go's interval, below common load balancers' 60 s. */
const TCP_KEEPALIVE_MS = 30_000;

const TCP = { noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS };

/**
 * What all connections read into: what was read is handed on within the call, so no two of them need it at the same time. Spares the
 * memory that Node makes for each read, and the stream between a socket and its reader: a sixth of a request's CPU.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** @param server `https://host:port`, or `http://…` */
export function dialler(server: URL, tls: TlsSettings, proxy: URL | undefined): Dial {
  const target = hostAndPort(server);
  let options: ConnectionOptions | undefined;
  return async (onBytes, signal) => {
    // Here, so that a certificate that cannot be read is a connection that does not come about.
    const secure = server.protocol === 'http:' ? undefined : (options ??= secureOptions(target.host, tls));
    const tunnel = proxy === undefined ? undefined : await (await import('./tunnel.ts')).openTunnel(proxy, target, signal);
    // Node takes `onread` only for sockets that it opens itself.
    const way = tunnel === undefined ? { ...TCP, ...target, onread: { buffer: READ_BUFFER, callback: (count: number) => handOn(onBytes, count) } } : { socket: tunnel };
    const socket = secure === undefined ? (tunnel ?? connectTcp({ ...TCP, ...target, ...way })) : connectTls({ ...secure, ...way });
    // Whoever waits hears of errors by the promise, and later by listeners of its own.
    socket.on('error', () => undefined);
    if (tunnel !== undefined) socket.on('data', onBytes);
    try {
      if (secure !== undefined || tunnel === undefined) await once(socket, secure === undefined ? 'connect' : 'secureConnect', { signal });
    } catch (error) {
      socket.destroy();
      // `once` rejects with an error of its own; what the signal says is why.
      throw signal.aborted ? signal.reason : error;
    }
    return socket;
  };
}

function handOn(onBytes: (bytes: Buffer) => void, count: number): true {
  onBytes(READ_BUFFER.subarray(0, count));
  return true;
}

function hostAndPort({ hostname, port, protocol }: URL): { readonly host: string; readonly port: number } {
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
}

/** The context is made once: parsing an authority's certificate for each connection costs as much as the handshake. */
function secureOptions(host: string, { ca, cert, key, servername, rejectUnauthorized }: TlsSettings): ConnectionOptions {
  return {
    secureContext: createSecureContext({ ca, cert, key }),
    // An address is no server name; the certificate is then checked against the host.
    servername: servername ?? (isIP(host) === 0 ? host : ''),
    host,
    rejectUnauthorized: rejectUnauthorized ?? true,
    ALPNProtocols: ['http/1.1'],
  };
}
