/**
 * The physical floor: how many Jobs a second the API server takes when the writes that every operator has to make are all there is, made by the
 * leanest client, and seen by one watch as an operator has it.
 */

import { DOUBLE } from './job-kind.ts';
import type { JobWatch } from './job-watch.ts';
import type { LeanClient, Write } from './lean-client.ts';
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
    this.#turn += 1;
    switch (kind) {
      case 'accept':
        return this.#accept();
      case 'complete':
        return this.#complete();
      case 'delete':
        return this.#delete();
    }
  }

  /** The finalizer and the status. */
  #accept(): Promise<number> {
    const turn = this.#turn;
    return this.#timed(
      this.#names,
      // Another finalizer each time: one that is there already would not be written.
      (name) => [DOUBLE.setFinalizers(name, [`${FINALIZER}-${turn}`]), DOUBLE.setStatus(name, pendingStatus(name, turn))],
      (job) => job?.phase === 'Pending' && job.progress === turn % 100,
    );
  }

  /** The status alone. */
  async #complete(): Promise<number> {
    const turn = this.#turn;
    if (this.#watch.jobs.get(this.#names[0] ?? '')?.phase === 'Completed') await this.#accept();
    return this.#timed(this.#names, (name) => [DOUBLE.setStatus(name, completedStatus(name, turn))], (job) => job?.phase === 'Completed');
  }

  /** Letting go of a Job that somebody has deleted: its finalizer is taken off, and it goes. */
  async #delete(): Promise<number> {
    const names = this.#names.map((name) => `${name}-${this.#turn}`);
    await this.#client.each(names, (name) => [DOUBLE.create(name), DOUBLE.setFinalizers(name, [FINALIZER]), DOUBLE.setStatus(name, completedStatus(name, 0)), DOUBLE.remove(name)]);
    await this.#watch.until('deleted', names, (job) => job?.deleting === true);
    return this.#timed(names, (name) => [DOUBLE.setFinalizers(name, [])], (job) => job === undefined);
  }

  async #timed(names: readonly string[], writesOf: (name: string) => readonly Write[], seen: Parameters<JobWatch['until']>[2]): Promise<number> {
    const began = performance.now();
    const shown = this.#watch.until('written', names, seen);
    await Promise.all([this.#client.each(names, writesOf), shown]);
    return names.length / ((performance.now() - began) / 1000);
  }
}
