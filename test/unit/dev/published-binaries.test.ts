import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { downloadPublishedBinaries } from '../../../dev/published-binaries.ts';
import { runCommand } from '../../../dev/run-command.ts';

const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
const silent = { say: () => undefined, during: <T>(_: string, work: () => Promise<T>) => work() };

const folder = mkdtempSync(join(tmpdir(), 'published-'));
const served = new Map<string, Buffer | string>();
const server = createServer((request, response) => {
  const body = served.get(request.url ?? '');
  response.writeHead(body === undefined ? 404 : 200).end(body);
});
let base = '';

beforeAll(async () => {
  mkdirSync(join(folder, 'source/controller-tools/envtest'), { recursive: true });
  writeFileSync(join(folder, 'source/controller-tools/envtest/etcd'), 'a program');
  chmodSync(join(folder, 'source/controller-tools/envtest/etcd'), 0o755);
  await runCommand('tar', ['-czf', join(folder, 'archive.tar.gz'), '-C', join(folder, 'source'), 'controller-tools']);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  served.set('/archive', readFileSync(join(folder, 'archive.tar.gz')));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function publish(versions: readonly string[], hash?: string): void {
  const right = createHash('sha512').update(readFileSync(join(folder, 'archive.tar.gz'))).digest('hex');
  const lines = versions.map((version) => `  ${version}:\n    envtest-${version}-${platform}.tar.gz: {hash: ${hash ?? right}, selfLink: "${base}/archive"}`);
  served.set('/index', `releases:\n${lines.join('\n')}\n`);
}

function download(version: string): Promise<string> {
  return downloadPublishedBinaries({ version, folderFor: (name) => join(folder, 'cache', name), progress: silent, indexUrl: `${base}/index` });
}

describe('published control plane binaries', () => {
  it('are unpacked, executable, into the folder of their version', async () => {
    publish(['v1.37.1', 'v1.37.2', 'v1.37.10']);
    await expect(download('v1.37.2')).resolves.toBe(join(folder, 'cache/v1.37.2'));
    await expect(runCommand('test', ['-x', join(folder, 'cache/v1.37.2/etcd')])).resolves.toBe('');
  });

  it('are the newest patch of the minor where the version itself is not published', async () => {
    publish(['v1.36.9', 'v1.37.0', 'v1.37.10', 'v1.37.9', 'v1.38.0']);
    await expect(download('v1.37.2')).resolves.toBe(join(folder, 'cache/v1.37.10'));
  });

  it('are refused, and leave nothing, where the archive is not what the index promises', async () => {
    publish(['v1.37.3'], 'f00');
    await expect(download('v1.37.3')).rejects.toThrow(/not what its index promises/);
    expect(existsSync(join(folder, 'cache/v1.37.3'))).toBe(false);
    expect(readdirSync(join(folder, 'cache')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('are reported missing where no patch of the minor is there', async () => {
    publish(['v1.36.1']);
    await expect(download('v1.37.2')).rejects.toThrow(/none is published for Kubernetes v1\.37\.2/);
  });
});
