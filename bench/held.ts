/**
 * A burst that meets a running operator all at once. It is made while the operator is frozen, and the time is taken from letting it go: then neither
 * who makes the burst nor how a process starts is part of the figure. Some Jobs at a time, because the API server keeps only so much for a
 * watcher that does not read.
 */

import { chunksOf } from './chunks.ts';
import type { JobWatch } from './job-watch.ts';
import type { Write } from './lean-client.ts';
import type { Trial } from './trial.ts';

/** 2 MB of events: what fits into the buffers of a connection. */
const JOBS_AT_ONCE = 1_000;

/** Worth a line when they are many. */
const TOLD_EVERY = 5_000;

type Condition = Parameters<JobWatch['until']>[2];

export interface Burst {
  readonly write: (name: string) => Write;
  /** What the watch shows of a Job once the write is done. */
  readonly written: Condition;
  /** What the operator makes of it, for the messages and as a condition. */
  readonly what: string;
  readonly done: Condition;
}

/** Milliseconds that the operator had, summed up. */
export async function meetBurst({ names, contender, client, watch, say }: Trial, { write, written, what, done }: Burst): Promise<number> {
  let ms = 0;
  let count = 0;
  for (const some of chunksOf(names, JOBS_AT_ONCE)) {
    contender.hold();
    await client.each(some, (name) => [write(name)]);
    await watch.until('written', some, written);
    const began = contender.release();
    ms += (await contender.whileAlive(watch.until(what, some, done))) - began;
    count += some.length;
    if (names.length > TOLD_EVERY && count % TOLD_EVERY === 0) say(`${count.toLocaleString('en')} ${what}`);
  }
  return ms;
}
