/** toxiproxy: TCP proxies on loopback whose connections can be refused, reset, slowed down, swallowed and cut, by its HTTP API. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachePath } from './cache-folder.ts';
import { buildGoProgram } from './go-program.ts';
import { withLock } from './lock.ts';
import { pinnedVersion } from './pinned-versions.ts';
import { onFreePort } from './ports.ts';
import type { Progress } from './progress.ts';
import { isExecutable } from './run-command.ts';
import type { RunFolder } from './run-folder.ts';
import { Service } from './service.ts';

/** As seen from whoever connects: what it sends, or what it is answered. */
export type Direction = 'upstream' | 'downstream';

/** What is done to the bytes of one direction; names and units are toxiproxy's (milliseconds, unless said otherwise). */
export type Toxic =
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter?: number } }
  /** KB/s. */
  | { readonly type: 'bandwidth'; readonly attributes: { readonly rate: number } }
  /** Bytes, and microseconds between two slices. */
  | { readonly type: 'slicer'; readonly attributes: { readonly average_size: number; readonly size_variation: number; readonly delay: number } }
  /** Nothing passes, and nothing is closed until the toxic goes (timeout 0). */
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: number } }
  /** A connection is reset when it first carries something. */
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  /** A connection is closed when it has carried so much since the toxic came. */
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } };

export interface ProxyOptions {
  /** Where its connections lead. */
  readonly host: string;
  readonly port: number;
  /** How its connections end when it is closed: by FIN (default), or by RST. */
  readonly ending?: 'fin' | 'rst';
}

export interface Toxiproxy {
  readonly service: Service;
  /** A new proxy, open. */
  proxy(options: ProxyOptions): Promise<ToxicProxy>;
  stop(): Promise<void>;
}

export interface ToxicProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Ends every connection, and refuses new ones. */
  close(): Promise<void>;
  /** Accepts connections again, on the same port. */
  open(): Promise<void>;
  /** For present and new connections. @returns how to take it away again */
  add(toxic: Toxic, direction: Direction): Promise<() => Promise<void>>;
}

const MODULE_FOLDER = fileURLToPath(new URL('./tools/toxiproxy/', import.meta.url));
const MODULE = 'github.com/Shopify/toxiproxy/v2';

/** One process for any number of proxies; it goes away with this one. @throws SetupError when it cannot be built */
export async function startToxiproxy(folder: RunFolder, progress: Progress, name = 'toxiproxy'): Promise<Toxiproxy> {
  const command = await findToxiproxy(progress);
  const { service, url } = await onFreePort(async (port) => {
    const at = `http://127.0.0.1:${port}`;
    const process = new Service({
      name,
      folder,
      command,
      args: ['-host', '127.0.0.1', '-port', String(port)],
      env: { LOG_LEVEL: 'warn' },
      probe: () => ask(at, 'GET', '/version'),
    });
    await process.start();
    return { service: process, url: at };
  });
  let proxies = 0;
  return {
    service,
    proxy(options) {
      proxies += 1;
      return openProxy(url, `proxy-${proxies}`, options);
    },
    stop: () => service.kill('SIGKILL'),
  };
}

/** The program's path in the cache, where it is built when it is missing: in less than a minute, once. @throws SetupError */
export async function findToxiproxy(progress: Progress): Promise<string> {
  const version = pinnedVersion(MODULE_FOLDER, MODULE);
  const folder = cachePath('toxiproxy', `${version}-${process.platform}-${process.arch}`);
  const path = join(folder, 'toxiproxy-server');
  if (!isExecutable(path)) {
    await withLock(folder, progress, async () => {
      if (isExecutable(path)) return;
      const program = { name: 'toxiproxy-server', title: `toxiproxy ${version}`, mainPackage: `${MODULE}/cmd/server`, moduleFolder: MODULE_FOLDER, otherwise: '' };
      await buildGoProgram(program, folder, progress);
    });
  }
  return path;
}

async function openProxy(url: string, name: string, { host, port: to, ending = 'fin' }: ProxyOptions): Promise<ToxicProxy> {
  const path = `/proxies/${name}`;
  // One of the kernel's choice could be taken by somebody else's outgoing connection while the proxy is closed.
  const port = await onFreePort(async (free) => {
    await ask(url, 'POST', '/proxies', { name, listen: `127.0.0.1:${free}`, upstream: `${host}:${to}`, enabled: true });
    return free;
  });
  let toxics = 0;
  const add: ToxicProxy['add'] = async (toxic, direction) => {
    toxics += 1;
    const toxicName = `${toxic.type}-${toxics}`;
    await ask(url, 'POST', `${path}/toxics`, { ...toxic, name: toxicName, stream: direction });
    return () => ask(url, 'DELETE', `${path}/toxics/${toxicName}`);
  };
  if (ending === 'rst') {
    // toxiproxy tells the kernel to end a connection by RST where it has this toxic from the start, even one that never acts.
    await ask(url, 'POST', `${path}/toxics`, { type: 'reset_peer', name: 'ending', stream: 'upstream', toxicity: 0, attributes: { timeout: 0 } });
  }
  return {
    host: '127.0.0.1',
    port,
    add,
    close: () => ask(url, 'PATCH', path, { enabled: false }),
    open: () => ask(url, 'PATCH', path, { enabled: true }),
  };
}

async function ask(url: string, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<void> {
  const response = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`toxiproxy answered ${method} ${path} with ${response.status}: ${text}`);
}
