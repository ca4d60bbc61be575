/**
 * The physical floor: how many Jobs a second the API server takes when the writes that every operator has to make are all there is, made by the
 * leanest client, and seen by one watch as an operator has it.
 */

import { DOUBLE } from './job-kind.ts';
import type { JobWatch } from './job-watch.ts';
import type { LeanClient, Write } from './lean-client.ts';
import { atRate } from './rate.ts';
import { completedStatus, pendingStatus } from './status-double.ts';

export const FLOOR_KINDS = ['accept', 'complete', 'delete'] as const;
export type FloorKind = (typeof FLOOR_KINDS)[number];

const FINALIZER = 'floor.wordpress.betaweb.ai/row';

export class Floor {
  readonly #client: LeanClient;
  readonly #watch: JobWatch;
  readonly #names: readonly string[];
  #turn = 0;

  /** @param watch of the double's kind */
  private constructor(client: LeanClient, watch: JobWatch, names: readonly string[]) {
    this.#client = client;
    this.#watch = watch;
    this.#names = names;
  }

  /** Makes the Jobs that are written to again and again. */
  static async prepare(client: LeanClient, watch: JobWatch, jobs: number): Promise<Floor> {
    const names = Array.from({ length: jobs }, (_, index) => `floor-${index}`);
    const floor = new Floor(client, watch, names);
    await client.each(names, (name) => [DOUBLE.create(name)]);
    await floor.measure('accept');
    return floor;
  }

  /** Jobs per second. */
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
    const latencies: number[] = [];
    await atRate(perSecond, count, async (index) => {
      const name = this.#names[index % this.#names.length] ?? '';
      const jobId = this.#newId(name);
      const sentAt = performance.now();
      const seen = this.#watch.until('written', [name], (job) => job?.jobId === jobId);
      await this.#client.send(DOUBLE.setStatus(name, pendingStatus(jobId)));
      latencies.push((await seen) - sentAt);
    });
    return latencies;
  }

  /** The finalizer and the status. */
  #accept(): Promise<number> {
    const ids = this.#newIds();
    // Another finalizer each time, too: one that is there already would not be written.
    const writes = (name: string): readonly Write[] => [DOUBLE.setFinalizers(name, [`${FINALIZER}-${this.#turn}`]), DOUBLE.setStatus(name, pendingStatus(ids.get(name) ?? ''))];
    return this.#timed(this.#names, writes, (job) => job !== undefined && job.jobId === ids.get(job.name));
  }

  /** The status alone. */
  #complete(): Promise<number> {
    const ids = this.#newIds();
    const writes = (name: string): readonly Write[] => [DOUBLE.setStatus(name, completedStatus(ids.get(name) ?? ''))];
    return this.#timed(this.#names, writes, (job) => job !== undefined && job.jobId === ids.get(job.name));
  }

  /** Letting go of a Job that somebody has deleted: its finalizer is taken off, and it goes. */
  async #delete(): Promise<number> {
    const names = [...this.#newIds().values()];
    await this.#client.each(names, (name) => [DOUBLE.create(name, [FINALIZER]), DOUBLE.setStatus(name, completedStatus(name)), DOUBLE.remove(name)]);
    await this.#watch.until('deleted', names, (job) => job?.deleting === true);
    return this.#timed(names, (name) => [DOUBLE.setFinalizers(name, [])], (job) => job === undefined);
  }

  #newIds(): ReadonlyMap<string, string> {
    this.#turn += 1;
    return new Map(this.#names.map((name) => [name, `${name}-${this.#turn}`]));
  }

  #newId(name: string): string {
    this.#turn += 1;
    return `${name}-${this.#turn}`;
  }

  async #timed(names: readonly string[], writesOf: (name: string) => readonly Write[], seen: Parameters<JobWatch['until']>[2]): Promise<number> {
    const began = performance.now();
    const shown = this.#watch.until('written', names, seen);
    await Promise.all([this.#client.each(names, writesOf), shown]);
    return names.length / ((performance.now() - began) / 1000);
  }
}
