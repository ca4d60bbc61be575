/** Those who make Jobs, and change their minds: creating, cancelling, deleting, applying again. */

import type { KubernetesApi } from '../kubernetes-api.ts';
import type { Random } from '../random.ts';
import type { Asked, AskedFor, DeletionPolicy } from './asked.ts';
import { pause } from '../pause.ts';
import type { SoakPayload } from './soak-job.ts';
import type { Tally } from './tally.ts';

export interface UsersOptions {
  readonly api: KubernetesApi;
  readonly jobsPath: string;
  readonly random: Random;
  readonly asked: AskedFor;
  readonly tally: Tally;
  /** Requests that came to nothing, or of which nobody knows. */
  readonly inVain: Tally;
}

/** Shortest and longest time between two requests, milliseconds: some seven a second. */
const PACE_MS = [30, 250] as const;
/** Requests under way at once; while the API server is away nobody sends more. */
const AT_ONCE = 8;
const REQUEST_TIMEOUT_MS = 4_000;
/** Most wishes go to what was made a short while ago, while it is still in the making. */
const RECENT = 12;

interface Manifest {
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly asked: Omit<Asked, 'uid' | 'cancelledAt' | 'deletedAt'>;
}

export class Users {
  readonly #options: UsersOptions;
  readonly #live: Asked[] = [];
  readonly #keyed: Manifest[] = [];
  /** Deleted, and to be applied again as soon as the old one has gone. */
  readonly #again: Manifest[] = [];
  #made = 0;

  constructor(options: UsersOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    const underWay = new Set<Promise<unknown>>();
    while (!signal.aborted) {
      // Not awaited, so that what is chosen does not hang on how fast an answer comes.
      const wish = this.#wish().finally(() => underWay.delete(wish));
      underWay.add(wish);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      await pause(random.between(...PACE_MS), signal);
    }
    await Promise.all(underWay);
  }

  async #wish(): Promise<unknown> {
    const draw = this.#options.random.next();
    if (draw < 0.1 && this.#again.length > 0) return this.#applyAgain();
    if (draw < 0.5) return this.#create(this.#plain());
    if (draw < 0.66) return this.#create(this.#withKey());
    if (draw < 0.74) return this.#cancel();
    if (draw < 0.8) return this.#changeTtl();
    if (draw < 0.88) return this.#deleteToApplyAgain();
    return this.#delete(this.#choose());
  }

  #plain(): Manifest {
    const { random } = this.#options;
    this.#made += 1;
    const name = `plain-${this.#made}`;
    return this.#manifest(name, { token: name, variant: 0 }, undefined, random.pick(['clone', 'restore', 'delete']));
  }

  /** Half of them with a key that was used before: by a Job that lives, or is gone; sometimes for other work. */
  #withKey(): Manifest {
    const { random } = this.#options;
    this.#made += 1;
    const known = this.#keyed.length > 0 && random.chance(0.5) ? random.pick(this.#keyed.slice(-RECENT)) : undefined;
    const key = known?.asked.key ?? `key-${this.#made}`;
    const variant = known !== undefined && random.chance(0.2) ? 1 : 0;
    const manifest = this.#manifest(`keyed-${this.#made}`, { token: key, variant }, key, 'restore');
    if (variant === 0) this.#keyed.push(manifest);
    return manifest;
  }

  #manifest(name: string, payload: SoakPayload, key: string | undefined, type: string): Manifest {
    const { random } = this.#options;
    const deletionPolicy = random.pick<DeletionPolicy>(['Cancel', 'Cancel', 'Retain', 'Delete']);
    const ttl = random.pick([undefined, undefined, 0, 1, 4, 8]);
    const ttlPolicy = ttl !== undefined && random.chance(0.4) ? 'RowAndResource' : 'Row';
    const spec = {
      type,
      requestPayload: payload,
      deletionPolicy,
      ttlPolicy,
      ...(key === undefined ? {} : { idempotencyKey: key }),
      ...(ttl === undefined ? {} : { ttlSecondsAfterFinished: ttl }),
      ...(random.chance(0.05) ? { cancel: true } : {}),
    };
    return { name, spec, asked: { name, token: payload.token, key, deletionPolicy, ttlPolicy } };
  }

  async #create({ name, spec, asked }: Manifest, what = asked.key === undefined ? 'Job created' : 'keyed Job created'): Promise<boolean> {
    const noted = this.#options.asked.add({ ...asked, uid: undefined, cancelledAt: spec['cancel'] === true ? Date.now() : undefined, deletedAt: undefined });
    // Also when the answer is lost: it may exist.
    this.#live.push(noted);
    const body = { apiVersion: 'wordpress.betaweb.ai/v1alpha1', kind: 'Job', metadata: { name }, spec };
    const answer = await this.#send('POST', '', body);
    if (answer?.status === 201) noted.uid = (JSON.parse(answer.text) as { metadata: { uid: string } }).metadata.uid;
    return this.#count(what, answer?.status);
  }

  async #applyAgain(): Promise<void> {
    const manifest = this.#again.shift();
    if (manifest === undefined) return;
    const made = await this.#create(manifest, 'Job applied again');
    if (!made) this.#again.push(manifest);
  }

  async #deleteToApplyAgain(): Promise<void> {
    if (this.#keyed.length === 0) return;
    const manifest = this.#options.random.pick(this.#keyed.slice(-RECENT));
    const live = this.#live.find(({ name }) => name === manifest.name);
    if (live === undefined || this.#again.includes(manifest)) return;
    await this.#delete(live);
    this.#again.push(manifest);
  }

  async #cancel(): Promise<void> {
    const asked = this.#choose();
    if (asked === undefined) return;
    this.#note(asked.name, (one) => (one.cancelledAt ??= Date.now()));
    await this.#patch(asked, { cancel: true }, 'Job cancelled');
  }

  async #changeTtl(): Promise<void> {
    const asked = this.#choose();
    if (asked !== undefined) await this.#patch(asked, { ttlSecondsAfterFinished: this.#options.random.pick([null, 0, 2, 6]) }, 'TTL changed');
  }

  async #patch(asked: Asked, spec: object, what: string): Promise<void> {
    const answer = await this.#send('PATCH', `/${asked.name}`, { spec });
    if (answer?.status === 404) this.#forget(asked);
    this.#count(what, answer?.status);
  }

  async #delete(asked: Asked | undefined): Promise<void> {
    if (asked === undefined) return;
    this.#note(asked.name, (one) => (one.deletedAt ??= Date.now()));
    this.#forget(asked);
    const answer = await this.#send('DELETE', `/${asked.name}`, {});
    this.#count(`Job deleted (${asked.deletionPolicy})`, answer?.status);
  }

  /** Whichever of that name it meets. */
  #note(name: string, how: (asked: Asked) => unknown): void {
    for (const asked of this.#options.asked.all) if (asked.name === name) how(asked);
  }

  #choose(): Asked | undefined {
    const { random } = this.#options;
    const from = random.chance(0.7) ? this.#live.slice(-RECENT) : this.#live;
    return from.length === 0 ? undefined : random.pick(from);
  }

  #forget({ name }: Asked): void {
    for (let index = this.#live.length - 1; index >= 0; index -= 1) if (this.#live[index]?.name === name) this.#live.splice(index, 1);
  }

  async #send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object): Promise<{ readonly status: number; readonly text: string } | undefined> {
    const { api, jobsPath } = this.#options;
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    try {
      return await api.send(method, `${jobsPath}${path}`, { body, contentType, timeoutMs: REQUEST_TIMEOUT_MS });
    } catch {
      // No answer: it may have been done. The report counts these.
      return undefined;
    }
  }

  /** @returns whether it was done for sure */
  #count(what: string, status: number | undefined): boolean {
    const done = status !== undefined && status < 300;
    const { tally, inVain } = this.#options;
    if (done) tally.add(what);
    else inVain.add(status === undefined ? 'request without an answer' : `request answered ${status}`);
    return done;
  }
}
