/** Every version of every Job, as a watch delivers them: what each resource has shown, and when it went. */

import { Agent, request } from 'undici';
import type { KubernetesCredentials } from '../kubernetes-api.ts';
import { linesOf } from '../lines.ts';
import { pause } from '../pause.ts';
import type { SoakJob } from './soak-job.ts';

export interface Version {
  /** When the watch delivered it, milliseconds since the epoch. */
  readonly at: number;
  readonly job: SoakJob;
}

export interface Life {
  readonly versions: Version[];
  /** When its end was delivered, milliseconds since the epoch. */
  goneAt: number | undefined;
}

const RECONNECT_MS = 100;
const WATCH_SECONDS = 3_600;

type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: SoakJob }
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } }
  | { readonly type: 'ERROR'; readonly object: { readonly code: number; readonly message: string } };

export class History {
  readonly lives = new Map<string, Life>();
  readonly #credentials: KubernetesCredentials;
  readonly #jobsPath: string;
  #resourceVersion: string | undefined;
  #gaps = 0;

  constructor(credentials: KubernetesCredentials, jobsPath: string) {
    this.#credentials = credentials;
    this.#jobsPath = jobsPath;
  }

  /** How often versions may have passed unseen, because the history was compacted away while the API server was down. */
  get gaps(): number {
    return this.#gaps;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A connection to a killed server is of no use to its successor.
      const agent = new Agent({ connect: { ca: this.#credentials.ca, timeout: 2_000 } });
      try {
        if (this.#resourceVersion === undefined) await this.#list(agent, signal);
        await this.#watch(agent, signal);
      } catch {
        // The API server is down, or went down: from the last version on it is asked again.
      } finally {
        await agent.destroy();
      }
      await pause(RECONNECT_MS, signal);
    }
  }

  async #list(agent: Agent, signal: AbortSignal): Promise<void> {
    const { body } = await this.#request(agent, '', signal);
    const list = (await body.json()) as { metadata: { resourceVersion: string }; items: readonly SoakJob[] };
    const live = new Set(list.items.map(({ metadata }) => metadata.uid));
    for (const job of list.items) this.#record(job);
    for (const [uid, life] of this.lives) if (!live.has(uid)) life.goneAt ??= Date.now();
    this.#resourceVersion = list.metadata.resourceVersion;
  }

  async #watch(agent: Agent, signal: AbortSignal): Promise<void> {
    const query = `?watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${this.#resourceVersion}`;
    const { body } = await this.#request(agent, query, signal);
    for await (const line of linesOf(body)) {
      const event = JSON.parse(line) as WatchEvent;
      if (event.type === 'ERROR') {
        if (event.object.code === 410) this.#lose();
        return;
      }
      this.#resourceVersion = event.object.metadata.resourceVersion;
      if (event.type === 'BOOKMARK') continue;
      const life = this.#record(event.object);
      if (event.type === 'DELETED') life.goneAt = Date.now();
    }
  }

  async #request(agent: Agent, query: string, signal: AbortSignal): Promise<Awaited<ReturnType<typeof request>>> {
    const response = await request(`${this.#credentials.url}${this.#jobsPath}${query}`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${this.#credentials.token}`, accept: 'application/json' },
      signal,
      bodyTimeout: 0,
    });
    if (response.statusCode === 410) this.#lose();
    if (response.statusCode !== 200) throw new Error(`the Jobs were answered ${response.statusCode}`);
    return response;
  }

  #lose(): void {
    this.#resourceVersion = undefined;
    this.#gaps += 1;
  }

  #record(job: SoakJob): Life {
    const { uid, resourceVersion } = job.metadata;
    let life = this.lives.get(uid);
    if (life === undefined) this.lives.set(uid, (life = { versions: [], goneAt: undefined }));
    // A list repeats what is known.
    if (life.versions.at(-1)?.job.metadata.resourceVersion !== resourceVersion) life.versions.push({ at: Date.now(), job });
    return life;
  }
}
