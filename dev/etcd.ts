/** etcd for one control plane: no peers, no fsync, data in the run folder. */

import { join } from 'node:path';
import { onFreePort } from './ports.ts';
import type { RunFolder } from './run-folder.ts';
import { Service } from './service.ts';

export interface Etcd {
  readonly service: Service;
  readonly url: string;
}

export function startEtcd(binary: string, folder: RunFolder): Promise<Etcd> {
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const service = new Service({
      name: 'etcd',
      folder,
      command: binary,
      args: [
        `--data-dir=${join(folder.path, 'etcd')}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        // It has no peers, but wants the address; port 0 takes any.
        '--listen-peer-urls=http://127.0.0.1:0',
        // What is lost in a power cut was made for a test.
        '--unsafe-no-fsync',
        '--log-level=warn',
      ],
      async probe() {
        const response = await fetch(`${url}/health`);
        if (!response.ok) throw new Error(`/health answered ${response.status}`);
      },
    });
    await service.start();
    return { service, url };
  });
}
