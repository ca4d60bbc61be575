/** The Jobs of the demo's namespace, looked at from outside again and again, and what there was to see. */

import type { KubernetesApi } from '../kubernetes-api.ts';
import { isFinished, listJobs } from './job-resource.ts';
import type { JobResource } from './job-resource.ts';
import { observe } from './observation.ts';
import type { Observation } from './observation.ts';

export type JobsByName = ReadonlyMap<string, JobResource>;

export class JobWatch {
  readonly observation: Observation;
  readonly #progressSeen = new Map<string, Set<number>>();
  readonly #finishedAt = new Map<string, number>();
  readonly #listeners = new Set<(jobs: JobsByName) => void>();
  #jobs: JobsByName = new Map();

  /** Looks from now on. */
  constructor(api: KubernetesApi, namespace: string) {
    this.observation = observe('the API server', () => listJobs(api, namespace), (jobs) => this.#see(jobs));
  }

  /** As they were at the last look. */
  get jobs(): JobsByName {
    return this.#jobs;
  }

  /** Percentages that the status has shown while the Job was running. */
  progressSeen(name: string): readonly number[] {
    return [...(this.#progressSeen.get(name) ?? [])];
  }

  /** When the Job with this UID was first seen finished (`performance.now()`, milliseconds). */
  finishedAt(uid: string): number | undefined {
    return this.#finishedAt.get(uid);
  }

  /** Calls the listener after each look, until the returned function is called. */
  onLook(listener: (jobs: JobsByName) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #see(jobs: JobsByName): void {
    this.#jobs = jobs;
    for (const job of jobs.values()) this.#remember(job);
    for (const listener of this.#listeners) listener(jobs);
  }

  #remember(job: JobResource): void {
    const { metadata, status } = job;
    if (status.phase === 'Running' && status.progress !== undefined && status.progress > 0) {
      const seen = this.#progressSeen.get(metadata.name) ?? new Set();
      this.#progressSeen.set(metadata.name, seen.add(status.progress));
    }
    if (isFinished(job) && !this.#finishedAt.has(metadata.uid)) this.#finishedAt.set(metadata.uid, performance.now());
  }
}
