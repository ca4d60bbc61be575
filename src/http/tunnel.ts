/** A connection to a server through a proxy: HTTP CONNECT (RFC 9110, section 9.3.6) or SOCKS 5 (RFC 1928). */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** The proxy does not let us through. */
export class TunnelRefused extends Error {
  override readonly name = 'TunnelRefused';
  readonly code = 'TUNNEL_REFUSED';
}

/** @param proxy `http:`, `https:`, `socks5:` or `socks5h:`, as in a kubeconfig's proxy-url; user and password are sent along */
export async function openTunnel(proxy: URL, target: Target, signal: AbortSignal): Promise<Socket> {
  return proxy.protocol.startsWith('socks') ? openSocks(proxy, target, signal) : openConnect(proxy, target, signal);
}

function openConnect(proxy: URL, { host, port }: Target, signal: AbortSignal): Promise<Socket> {
  const request = proxy.protocol === 'https:' ? requestHttps : requestHttp;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const login = decodeURIComponent(`${proxy.username}:${proxy.password}`);
  const headers = { host: authority, ...(login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }) };
  const { protocol, hostname } = proxy;
  return new Promise((resolve, reject) => {
    const asked = request({ protocol, hostname, port: proxy.port, method: 'CONNECT', path: authority, headers, agent: false, signal });
    asked.once('connect', ({ statusCode }, socket: Socket) => {
      if (statusCode === 200) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(new TunnelRefused(`the proxy answered ${statusCode}`));
      }
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function openSocks(proxy: URL, { host, port }: Target, signal: AbortSignal): Promise<Socket> {
  const { SocksClient } = await import('socks');
  const client = new SocksClient({
    command: 'connect',
    destination: { host, port },
    proxy: {
      type: 5,
      host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(proxy.port === '' ? '1080' : proxy.port),
      ...(proxy.username === '' ? {} : { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }),
    },
  });
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    client.once('established', ({ socket }) => {
      signal.removeEventListener('abort', giveUp);
      if (signal.aborted) socket.destroy();
      else resolve(socket);
    });
    client.once('error', reject);
    client.connect();
  });
}
