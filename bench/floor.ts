/**
 * The physical floor: how many Jobs a second the API server takes when the writes that every operator has to make are all there is, made by the
 * leanest client, to Jobs in the state in which an operator meets them, and seen by one watch as an operator has it.
 */

import { DOUBLE } from './job-kind.ts';
import type { JobWatch } from './job-watch.ts';
import type { LeanClient, Write } from './lean-client.ts';
import { atRate } from './rate.ts';
import { removeAll } from './removal.ts';
import { completedStatus, pendingStatus } from './status-double.ts';

export const FLOOR_KINDS = ['accept', 'complete', 'delete'] as const;
export type FloorKind = (typeof FLOOR_KINDS)[number];

type Writes = (name: string) => readonly Write[];
type Condition = Parameters<JobWatch['until']>[2];

const FINALIZER = 'floor.wordpress.betaweb.ai/row';

/** A Job's life, in its order. */
const CREATED: Writes = (name) => [DOUBLE.create(name)];
const HELD: Writes = (name) => [DOUBLE.setFinalizers(name, [FINALIZER])];
const ACCEPTED: Writes = (name) => [DOUBLE.setStatus(name, pendingStatus(name))];
const COMPLETED: Writes = (name) => [DOUBLE.setStatus(name, completedStatus(name))];
const RELEASED: Writes = (name) => [DOUBLE.setFinalizers(name, [])];

export class Floor {
  readonly #client: LeanClient;
  readonly #watch: JobWatch;
  readonly #jobs: number;
  #made = 0;
  #turn = 0;

  /** @param watch of the double's kind */
  private constructor(client: LeanClient, watch: JobWatch, jobs: number) {
    this.#client = client;
    this.#watch = watch;
    this.#jobs = jobs;
  }

  /** @param jobs how many each measurement takes */
  static async prepare(client: LeanClient, watch: JobWatch, jobs: number): Promise<Floor> {
    const floor = new Floor(client, watch, jobs);
    // Once for nothing: the first requests for a kind are the slowest.
    for (const kind of FLOOR_KINDS) await floor.measure(kind);
    return floor;
  }

  /** Jobs per second. Accepted and completed ones stay, and are those that a later measurement completes and deletes. */
  measure(kind: FloorKind): Promise<number> {
    switch (kind) {
      case 'accept':
        return this.#accept();
      case 'complete':
        return this.#complete();
      case 'delete':
        return this.#delete();
    }
  }

  /** Milliseconds from sending a status to seeing it, one for each of so many writes at this rate. */
  async latencies(perSecond: number, count: number): Promise<readonly number[]> {
    const names = await this.#inPhase('Pending', [CREATED, HELD, ACCEPTED]);
    const latencies: number[] = [];
    await atRate(perSecond, count, async (index) => {
      const name = names[index % names.length] ?? '';
      this.#turn += 1;
      // Another one each time, since a write that changes nothing is none.
      const jobId = `${name}-${this.#turn}`;
      const sentAt = performance.now();
      const seen = this.#watch.until('written', [name], (job) => job?.jobId === jobId);
      await this.#client.send(DOUBLE.setStatus(name, pendingStatus(jobId)));
      latencies.push((await seen) - sentAt);
    });
    return latencies;
  }

  /** Removes all Jobs that measurements left. */
  clear(): Promise<void> {
    return removeAll(DOUBLE, this.#client, this.#watch);
  }

  /**
   * The finalizer and the first status of a new Job. First all finalizers, since an operator has a row to insert in between: right after the other write, the API
   * server would begin with what its cache still has, meet a conflict of its own, and do the work twice.
   */
  async #accept(): Promise<number> {
    const names = await this.#make(this.#jobs, [CREATED], (job) => job !== undefined);
    return this.#timed(names, [HELD, ACCEPTED], (job) => job?.phase === 'Pending');
  }

  /** The status alone. */
  async #complete(): Promise<number> {
    const names = await this.#inPhase('Pending', [CREATED, HELD, ACCEPTED]);
    return this.#timed(names, [COMPLETED], (job) => job?.phase === 'Completed');
  }

  /** Letting go of a Job that somebody has deleted: its finalizer is taken off, and it goes. */
  async #delete(): Promise<number> {
    const names = await this.#inPhase('Completed', [CREATED, HELD, ACCEPTED, COMPLETED]);
    await this.#client.each(names, (name) => [DOUBLE.remove(name)]);
    await this.#watch.until('deleted', names, (job) => job?.deleting === true);
    return this.#timed(names, [RELEASED], (job) => job === undefined);
  }

  /** Those that earlier measurements left in this phase, and new ones for the rest. */
  async #inPhase(phase: string, life: readonly Writes[]): Promise<readonly string[]> {
    const left = [...this.#watch.jobs.values()].filter((job) => job.phase === phase).slice(0, this.#jobs);
    const made = await this.#make(this.#jobs - left.length, life, (job) => job?.phase === phase);
    return [...left.map(({ name }) => name), ...made];
  }

  async #make(count: number, life: readonly Writes[], seen: Condition): Promise<readonly string[]> {
    const names = Array.from({ length: count }, (_, index) => `floor-${this.#made + index}`);
    this.#made += count;
    await this.#client.each(names, (name) => life.flatMap((writesOf) => writesOf(name)));
    await this.#watch.until('made', names, seen);
    return names;
  }

  async #timed(names: readonly string[], steps: readonly Writes[], seen: Condition): Promise<number> {
    const began = performance.now();
    const shown = this.#watch.until('written', names, seen);
    const write = async (): Promise<void> => {
      for (const step of steps) await this.#client.each(names, step);
    };
    await Promise.all([write(), shown]);
    return names.length / ((performance.now() - began) / 1000);
  }
}
