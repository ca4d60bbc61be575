/** The user's side: Jobs of one namespace, made, watched and deleted through the API server. */

import type { KubernetesApi } from '../../../dev/kubernetes-api.ts';
import { waitFor } from '../../../dev/wait-for.ts';
import type { Namespace } from '../../support/namespace.ts';

export const FINALIZER = 'wordpress.betaweb.ai/row';

export type Phase = 'Pending' | 'Running' | 'Completed' | 'Failed' | 'Cancelled';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

export interface Job {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: {
    readonly observedGeneration: number;
    readonly jobId?: string;
    readonly phase?: Phase;
    readonly progress?: number;
    readonly result?: unknown;
    readonly error?: string;
    readonly createdAt?: string;
    readonly startedAt?: string;
    readonly completedAt?: string;
    readonly expiresAt?: string;
    readonly conditions?: readonly Condition[];
  };
}

export interface JobEvent {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly eventTime: string;
  readonly series?: { readonly count: number };
}

/** Milliseconds; generous, since several files share two cores. What takes longer is broken. */
const DEADLINE_MS = 20_000;

export class Jobs {
  readonly #api: KubernetesApi;
  readonly #namespace: Pick<Namespace, 'name' | 'jobsPath'>;

  constructor(api: KubernetesApi, namespace: Pick<Namespace, 'name' | 'jobsPath'>) {
    this.#api = api;
    this.#namespace = namespace;
  }

  /** A Job of type clone with a small payload, unless `spec` says otherwise. */
  create(name: string, spec: object = {}, metadata: object = {}): Promise<Job> {
    return this.#api.post(this.#namespace.jobsPath, manifest(name, spec, metadata));
  }

  /** With the payload as JSON text, so that integers beyond 2^53 arrive. Returns the resource's text. */
  createWithPayload(name: string, payload: string, spec: object = {}): Promise<string> {
    const place = 'the payload goes here';
    const body = JSON.stringify(manifest(name, { ...spec, requestPayload: place })).replace(`"${place}"`, () => payload);
    return this.#api.text('POST', this.#namespace.jobsPath, { body });
  }

  /** As a GitOps tool does it, again and again: created when it is not there. */
  apply(name: string, spec: object = {}): Promise<Job> {
    return this.#api.apply(this.#path(name), manifest(name, spec));
  }

  get(name: string): Promise<Job> {
    return this.#api.get(this.#path(name));
  }

  /** The resource as the API server prints it, numbers digit for digit. */
  text(name: string): Promise<string> {
    return this.#api.text('GET', this.#path(name));
  }

  async list(): Promise<readonly Job[]> {
    const { items } = await this.#api.get<{ items: Job[] }>(this.#namespace.jobsPath);
    return items;
  }

  /** A merge patch. */
  patch(name: string, body: object): Promise<Job> {
    return this.#api.merge(this.#path(name), body);
  }

  delete(name: string): Promise<unknown> {
    return this.#api.delete(this.#path(name));
  }

  /** Waits until the Job is as `condition` wants it, and returns it. */
  async until(name: string, what: string, condition: (job: Job) => boolean, timeoutMs: number = DEADLINE_MS): Promise<Job> {
    let last: Job | undefined;
    const look = async (): Promise<Job | undefined> => {
      last = await this.get(name);
      return condition(last) ? last : undefined;
    };
    try {
      return await waitFor(look, { what: `Job ${name} ${what}`, timeoutMs });
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows ${JSON.stringify({ ...last?.metadata, managedFields: undefined })} ${JSON.stringify(last?.status)}`, { cause: error });
    }
  }

  untilPhase(name: string, phase: Phase): Promise<Job> {
    return this.until(name, `to be ${phase}`, ({ status }) => status.phase === phase);
  }

  /** `status` and optionally `reason` of a condition. */
  untilCondition(name: string, type: string, status: Condition['status'], reason?: string, timeoutMs?: number): Promise<Job> {
    return this.until(
      name,
      `to have ${type}=${status}${reason === undefined ? '' : ` ${reason}`}`,
      (job) => (job.status.conditions ?? []).some((one) => one.type === type && one.status === status && (reason === undefined || one.reason === reason)),
      timeoutMs,
    );
  }

  async untilGone(name: string, timeoutMs: number = DEADLINE_MS): Promise<void> {
    await waitFor(async () => (await this.#api.send('GET', this.#path(name))).status === 404, { what: `Job ${name} to be gone`, timeoutMs });
  }

  /** The Job's Events, oldest first. */
  async events(name: string): Promise<readonly JobEvent[]> {
    const selector = encodeURIComponent(`regarding.kind=Job,regarding.name=${name}`);
    const { items } = await this.#api.get<{ items: JobEvent[] }>(`/apis/events.k8s.io/v1/namespaces/${this.#namespace.name}/events?fieldSelector=${selector}`);
    return items.toSorted((left, right) => left.eventTime.localeCompare(right.eventTime));
  }

  /** Waits for an Event, since these are sent without haste, and returns the reasons of all so far. */
  async reasonsUntil(name: string, reason: string): Promise<readonly string[]> {
    return waitFor(
      async () => {
        const reasons = (await this.events(name)).map((event) => event.reason);
        return reasons.includes(reason) ? reasons : undefined;
      },
      { what: `the Event ${reason} of Job ${name}`, timeoutMs: DEADLINE_MS },
    );
  }

  #path(name: string): string {
    return `${this.#namespace.jobsPath}/${name}`;
  }
}

export function manifest(name: string, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'wordpress.betaweb.ai/v1alpha1',
    kind: 'Job',
    metadata: { name, ...metadata },
    spec: { type: 'clone', requestPayload: { site: name }, ...spec },
  };
}

/** Conditions as a table reads: type -> "status reason". */
export function conditionsOf(job: Job): Record<string, string> {
  return Object.fromEntries((job.status.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

/** The row that a Job gets, by the contract: that of its uid, or with a key the one that its status names. */
export function rowIdOf({ metadata, spec, status }: Job): string {
  return spec['idempotencyKey'] === undefined ? metadata.uid : (status.jobId ?? '');
}
