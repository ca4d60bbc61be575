/** What the Jobs of a namespace show, and since when, as one watch delivers it from outside. */

import { Agent, request } from 'undici';
import { linesOf } from '../lines.ts';
import { waitFor } from '../wait-for.ts';
import type { WaitOptions } from '../wait-for.ts';
import type { Arena } from './arena.ts';
import { jobsPath } from './arena.ts';

/** When something was first shown. */
export interface Moment {
  /** `performance.now()`, milliseconds. */
  readonly at: number;
  /** How many Jobs had been accepted by then. */
  readonly accepted: number;
}

export interface ShownJob {
  readonly name: string;
  /** Undefined until it is accepted. */
  jobId: string | undefined;
  phase: string | undefined;
  /** By phase. */
  readonly since: Map<string, Moment>;
  /** The resource as it was made, and every write to it since. */
  versions: number;
  /** Reason of the condition `Synced`. */
  synced: string | undefined;
}

interface WatchedJob {
  readonly metadata: { readonly uid: string; readonly name: string; readonly resourceVersion: string };
  readonly status?: {
    readonly jobId?: string;
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: WatchedJob }
  | { readonly type: 'ERROR'; readonly object: { readonly message: string } };

type Place = Pick<Arena, 'credentials' | 'namespace' | 'api'>;

const WATCH_SECONDS = 3_600;

export class ShownJobs {
  /** Those that exist, by uid. */
  readonly jobs = new Map<string, ShownJob>();
  readonly #place: Place;
  readonly #agent: Agent;
  readonly #stopping = new AbortController();
  readonly #broken = Promise.withResolvers<never>();
  #resourceVersion: string;
  #accepted = 0;
  #gone = 0;

  private constructor(place: Place, resourceVersion: string) {
    this.#place = place;
    this.#resourceVersion = resourceVersion;
    this.#agent = new Agent({ connect: { ca: place.credentials.ca }, bodyTimeout: 0 });
    // Whoever waits for something learns of it.
    this.#broken.promise.catch(() => undefined);
  }

  /** Watches from now on; close it. */
  static async open(place: Place): Promise<ShownJobs> {
    const list = await place.api.get<{ metadata: { resourceVersion: string }; items: readonly WatchedJob[] }>(jobsPath(place));
    const shown = new ShownJobs(place, list.metadata.resourceVersion);
    for (const job of list.items) shown.#see(job);
    void shown.#watch();
    return shown;
  }

  /** How many have ever named their row. */
  get accepted(): number {
    return this.#accepted;
  }

  now(): Moment {
    return { at: performance.now(), accepted: this.#accepted };
  }

  /** How many have gone. */
  get gone(): number {
    return this.#gone;
  }

  /** @throws also when the watch breaks: what was not seen cannot be told, and makes the measurement void */
  async until(condition: () => boolean, options: WaitOptions): Promise<void> {
    await Promise.race([waitFor(condition, options), this.#broken.promise]);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#agent.destroy();
  }

  async #watch(): Promise<void> {
    try {
      // The server ends a watch in peace when it has taken note of a new definition.
      while (!this.#stopping.signal.aborted) await this.#watchOnce();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#stopping.signal.aborted) this.#broken.reject(new Error(`the watch from outside broke off (${why}): nothing can be said about what it did not see`, { cause: error }));
    }
  }

  async #watchOnce(): Promise<void> {
    const { url, token } = this.#place.credentials;
    const query = `watch=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${this.#resourceVersion}`;
    const { statusCode, body } = await request(`${url}${jobsPath(this.#place)}?${query}`, {
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: this.#stopping.signal,
    });
    if (statusCode !== 200) throw new Error(`the watch was answered ${statusCode}`);
    for await (const line of linesOf(body)) this.#apply(JSON.parse(line) as WatchEvent);
  }

  #apply(event: WatchEvent): void {
    if (event.type === 'ERROR') throw new Error(event.object.message);
    this.#resourceVersion = event.object.metadata.resourceVersion;
    if (event.type !== 'DELETED') this.#see(event.object);
    else if (this.jobs.delete(event.object.metadata.uid)) this.#gone += 1;
  }

  #see({ metadata: { uid, name }, status }: WatchedJob): void {
    let job = this.jobs.get(uid);
    if (job === undefined) this.jobs.set(uid, (job = { name, jobId: undefined, phase: undefined, since: new Map(), versions: 0, synced: undefined }));
    job.versions += 1;
    if (job.jobId === undefined && status?.jobId !== undefined) this.#accepted += 1;
    job.jobId = status?.jobId;
    job.phase = status?.phase;
    job.synced = status?.conditions?.find(({ type }) => type === 'Synced')?.reason;
    if (job.phase !== undefined && !job.since.has(job.phase)) job.since.set(job.phase, this.now());
  }
}
