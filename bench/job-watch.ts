/** All Jobs of one kind as anybody with a watch sees them, and the moment of each change. */

import { Agent, request } from 'undici';
import type { KubernetesApi, KubernetesCredentials } from '../dev/kubernetes-api.ts';

export interface ShownJob {
  readonly name: string;
  readonly uid: string;
  readonly jobId: string | undefined;
  readonly phase: string | undefined;
  readonly progress: number;
  readonly deleting: boolean;
}

export type JobEvent = { readonly job: ShownJob; readonly gone: boolean };

interface WatchedObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string; readonly deletionTimestamp?: string };
  readonly status?: { readonly jobId?: string; readonly phase?: string; readonly progress?: number };
}

interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: WatchedObject;
}

/** The server ends a watch after this, and it is opened anew. */
const WATCH_SECONDS = 3_600;

/** Waits end with an error when nothing was seen for so long. */
const STANDSTILL_MS = 90_000;

export class JobWatch {
  readonly jobs = new Map<string, ShownJob>();
  readonly #listeners = new Set<(event: JobEvent) => void>();
  readonly #stopping = new AbortController();
  readonly #agent: Agent;
  readonly #credentials: KubernetesCredentials;
  readonly #path: string;
  #version: string;
  #failed: (error: Error) => void = () => undefined;
  readonly #failure: Promise<never>;

  private constructor(credentials: KubernetesCredentials, path: string, version: string) {
    this.#credentials = credentials;
    this.#path = path;
    this.#version = version;
    this.#agent = new Agent({ connect: { ca: credentials.ca }, bodyTimeout: 0 });
    this.#failure = new Promise((_, reject) => (this.#failed = reject));
    this.#failure.catch(() => undefined);
  }

  /** From now on; there are no Jobs yet. */
  static async open(api: KubernetesApi, credentials: KubernetesCredentials, path: string): Promise<JobWatch> {
    const list = await api.get<{ metadata: { resourceVersion: string }; items: readonly unknown[] }>(`${path}?limit=1`);
    if (list.items.length > 0) throw new Error(`${path} is not empty`);
    const watch = new JobWatch(credentials, path, list.metadata.resourceVersion);
    void watch.#run();
    return watch;
  }

  /** Returns what takes the listener away. */
  onEvent(listener: (event: JobEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves with the moment (`performance.now()`) at which all named Jobs satisfied the condition, each at some time since the call; a Job that is
   * gone is passed as undefined.
   * @throws Error when nothing comes for 90 s
   */
  async until(what: string, names: Iterable<string>, satisfied: (job: ShownJob | undefined) => boolean): Promise<number> {
    const open = new Set<string>();
    let total = 0;
    for (const name of names) {
      total += 1;
      if (!satisfied(this.jobs.get(name))) open.add(name);
    }
    if (open.size === 0) return performance.now();
    const reached = Promise.withResolvers<number>();
    let lastSeen = performance.now();
    const stop = this.onEvent(({ job, gone }) => {
      lastSeen = performance.now();
      if (satisfied(gone ? undefined : job) && open.delete(job.name) && open.size === 0) reached.resolve(lastSeen);
    });
    const standstill = setInterval(() => {
      if (performance.now() - lastSeen < STANDSTILL_MS) return;
      reached.reject(new Error(`${open.size} of ${total} Jobs are not ${what}, and nothing came for ${STANDSTILL_MS / 1000} s (one of them: ${[...open][0]})`));
    }, 1_000);
    try {
      return await Promise.race([reached.promise, this.#failure]);
    } finally {
      stop();
      clearInterval(standstill);
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#agent.destroy();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) await this.#read();
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#failed(new Error('the watch of the benchmark broke', { cause: error }));
    }
  }

  async #read(): Promise<void> {
    const { url, token } = this.#credentials;
    const response = await request(`${url}${this.#path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${this.#version}`, {
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: this.#stopping.signal,
    });
    if (response.statusCode !== 200) throw new Error(`the watch was answered ${response.statusCode}: ${await response.body.text()}`);
    response.body.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response.body) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(JSON.parse(line) as WatchLine, line);
    }
  }

  #take({ type, object }: WatchLine, line: string): void {
    if (type === 'ERROR') throw new Error(`the watch says ${line}`);
    const { metadata, status = {} } = object;
    this.#version = metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    const job: ShownJob = {
      name: metadata.name,
      uid: metadata.uid,
      jobId: status.jobId,
      phase: status.phase,
      progress: status.progress ?? 0,
      deleting: metadata.deletionTimestamp !== undefined,
    };
    const gone = type === 'DELETED';
    if (gone) this.jobs.delete(job.name);
    else this.jobs.set(job.name, job);
    for (const listener of this.#listeners) listener({ job, gone });
  }
}
