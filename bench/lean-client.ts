/**
 * Requests to the API server at the least price there is: connections kept alive, bodies made once, answers thrown away unread. What it
 * reaches is the physical floor; it also makes and removes the Jobs of the benchmark.
 */

import { Pool } from 'undici';
import type { KubernetesCredentials } from '../dev/kubernetes-api.ts';

/** As many as controller-runtime users give an operator, and as ours has connections. */
export const LANES = 32;

export interface Write {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: 'application/json-patch+json' | 'application/merge-patch+json';
}

const REQUEST_TIMEOUT_MS = 60_000;

export class LeanClient {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(credentials: KubernetesCredentials) {
    this.#pool = new Pool(credentials.url, {
      connections: LANES,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 60_000,
      headersTimeout: REQUEST_TIMEOUT_MS,
      connect: { ca: credentials.ca },
    });
    this.#headers = { authorization: `Bearer ${credentials.token}`, accept: 'application/json' };
  }

  /** @throws Error with the server's words for any answer over 299 */
  async send({ method, path, body, contentType }: Write): Promise<void> {
    const headers = { ...this.#headers, 'content-type': contentType ?? 'application/json' };
    const response = await this.#pool.request({ method, path, headers, body: body ?? null });
    if (response.statusCode < 300) return response.body.dump({ limit: Infinity });
    throw new Error(`${method} ${path}: ${response.statusCode} ${await response.body.text()}`);
  }

  /** All writes of each item in their order, `LANES` items at once. */
  async each<T>(items: readonly T[], writesOf: (item: T) => readonly Write[]): Promise<void> {
    const rest = items.values();
    const lane = async (): Promise<void> => {
      // One iterator for all lanes: each takes the next item that nobody has.
      for (const item of rest) for (const write of writesOf(item)) await this.send(write);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
