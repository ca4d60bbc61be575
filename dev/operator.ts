/** The operator as a process of the stack: what is built in dist/, with the environment of the contract. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Database } from './database.ts';
import { onFreePort } from './ports.ts';
import type { RunFolder } from './run-folder.ts';
import { Service } from './service.ts';
import { SetupError } from './setup-error.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/**
 * As in the image and in `npm start`. Node's young generation begins with 1 MB, of which a burst of Jobs fills hundreds, and grows to three times 16 MB; it
 * begins with 4 here, and ends at 8. Its old one is collected as a whole whenever it has grown by half, which a small heap does all the time; below 64 MB it is left alone,
 * and beyond it is collected whenever it has grown by a fifth, which costs nothing that can be measured and spares what would lie about of 50,000 Jobs.
 * docs/performance.md says what that is worth.
 */
export const NODE_FLAGS = ['--min-semi-space-size=4', '--max-semi-space-size=8', '--initial-old-space-size=64', '--heap-growing-percent=20'];

export interface OperatorOptions {
  readonly folder: RunFolder;
  /** Path of the kubeconfig file it shall use. */
  readonly kubeconfig: string;
  readonly database: Pick<Database, 'host' | 'port' | 'name' | 'user' | 'password'>;
  /** Over the defaults below. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names its log; default `operator`. Needed when one folder holds several. */
  readonly name?: string;
}

export interface OperatorProcess {
  readonly service: Service;
  /** `http://127.0.0.1:port`, where `/metrics`, `/healthz` and `/readyz` are. */
  readonly url: string;
}

/** Longer than the 20 s that the operator gives itself to stop; milliseconds. */
export const OPERATOR_STOPS_WITHIN_MS = 25_000;

/** The operator's environment for a database and a cluster of the stack. */
export function operatorEnvironment(options: Pick<OperatorOptions, 'kubeconfig' | 'database' | 'env'>, httpPort: number): Record<string, string> {
  const { database } = options;
  return {
    KUBECONFIG: options.kubeconfig,
    DB_HOST: database.host,
    DB_PORT: String(database.port),
    DB_NAME: database.name,
    DB_USER: database.user,
    DB_PASSWORD: database.password,
    DB_TLS: 'off',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(httpPort),
    LEADER_ELECTION: 'false',
    ...options.env,
  };
}

/** Starts `node dist/main.js run` and waits until `/readyz` says yes. */
export function startOperator(options: OperatorOptions): Promise<OperatorProcess> {
  return onFreePort(async (port) => {
    const operator = operatorOn(port, options);
    await operator.service.start();
    return operator;
  });
}

/** The same, not started: for an operator whose database or API server is away at first. */
export function operatorOn(port: number, options: OperatorOptions): OperatorProcess {
  if (!existsSync(MAIN)) throw new SetupError('dist/main.js is missing: run `npm run build`.');
  const url = `http://127.0.0.1:${port}`;
  const service = new Service({
    name: options.name ?? 'operator',
    folder: options.folder,
    command: process.execPath,
    args: [...NODE_FLAGS, '--enable-source-maps', MAIN, 'run'],
    env: operatorEnvironment(options, port),
    async probe() {
      const response = await fetch(`${url}/readyz`);
      if (!response.ok) throw new Error(`/readyz answered ${response.status}`);
    },
  });
  return { service, url };
}
