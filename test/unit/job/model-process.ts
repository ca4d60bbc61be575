/**
 * One operator of the model. It carries out decisions as controllers/job-controller.ts does, and judges expired rows as
 * controllers/ttl-sweeper.ts does.
 */
import type { Action } from '../../../src/job/action.ts';
import { decide } from '../../../src/job/decide.ts';
import { FINALIZER } from '../../../src/job/resource.ts';
import type { JobResource } from '../../../src/job/resource.ts';
import { INSERT_DEADLINE_SECONDS } from '../../../src/job/row.ts';
import type { JobRow, RowRead } from '../../../src/job/row.ts';
import { difference, statusOfRow } from '../../../src/job/status.ts';
import { missingStamp } from '../../../src/job/ttl.ts';
import { answerOf, CLOCK_SKEW, Refused } from './model-request.ts';
import type { Effect } from './model-request.ts';
import type { World } from './model.ts';

type Task = Generator<Effect, void, unknown>;

interface Entry {
  job: JobResource;
  seenLiveAt: number;
  lastStatusWriteAt: number;
  absentSince: number | undefined;
  removedByUs: boolean;
}

/** The controller begins no INSERT with less than this before its deadline (seconds). */
const INSERT_MARGIN = 2;

/** One operator: a cache that hears when it hears, and at most one task per Job at a time. */
export class Process {
  readonly name: string;
  readonly #world: World;
  readonly #cache = new Map<string, Entry>();
  readonly #tasks = new Map<string, { task: Task; pending: Effect | undefined }>();

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** The watch catches up. */
  hear(): void {
    for (const uid of this.#cache.keys()) if (!this.#world.resources.has(uid)) this.#cache.delete(uid);
    for (const job of this.#world.resources.values()) this.#apply(job);
  }

  /** Dies and starts anew with nothing in memory; what it had sent may be lost or still be on its way. */
  crash(adrift: boolean): void {
    for (const { pending } of this.#tasks.values()) {
      if (adrift && pending?.survives === true) this.#world.adrift.push(pending);
    }
    this.#tasks.clear();
    this.#cache.clear();
    if (this.#world.apiUp) this.hear();
  }

  reconcile(uid: string): void {
    if (!this.#tasks.has(uid)) this.#begin(uid, this.#reconcile(uid));
  }

  sweep(): void {
    if (!this.#tasks.has('sweep')) this.#begin('sweep', this.#sweep());
  }

  #begin(key: string, task: Task): void {
    const started = { task, pending: undefined };
    this.#tasks.set(key, started);
    this.#advance(key, () => task.next());
  }

  /** Lets the next request of this task arrive, and its answer, unless that is `lost`. */
  step(key: string, lost = false): void {
    const running = this.#tasks.get(key);
    const effect = running?.pending;
    if (running === undefined || effect === undefined) return;
    this.#world.say(`  ${this.name}: ${effect.text}${lost ? ', and the answer is lost' : ''}`);
    let answer: unknown;
    try {
      answer = this.#world.deliver(effect);
      if (lost) throw new Refused(effect.side === 'database' ? 'databaseAway' : 'apiAway');
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#advance(key, () => running.task.throw(error));
      return;
    }
    this.#advance(key, () => running.task.next(answer));
  }

  /** Lets the next request of this task arrive, while its answer stays on its way until the next step. */
  arrive(key: string): void {
    const running = this.#tasks.get(key);
    const effect = running?.pending;
    if (running === undefined || effect === undefined) return;
    this.#world.say(`  ${this.name}: ${effect.text}, and the answer takes its time`);
    running.pending = { ...effect, text: `hears what came of: ${effect.text}`, survives: false, apply: answerOf(() => this.#world.deliver(effect)) };
  }

  /** Runs this task, or all, to the end. */
  finish(key?: string): void {
    for (const each of key === undefined ? [...this.#tasks.keys()] : [key]) {
      for (let steps = 0; this.#tasks.has(each); steps += 1) {
        if (steps > 200) this.#world.violated(`${this.name} finds no end with ${each}`);
        this.step(each);
      }
    }
  }

  #advance(key: string, go: () => IteratorResult<Effect, void>): void {
    const running = this.#tasks.get(key);
    try {
      const { value, done } = go();
      if (done !== true && running !== undefined) {
        running.pending = value;
        return;
      }
    } catch (error) {
      // Put off, as the controller's back-off would.
      if (!(error instanceof Refused)) throw error;
    }
    this.#tasks.delete(key);
  }

  #apply(job: JobResource): void {
    const entry = this.#cache.get(job.uid);
    if (entry === undefined) this.#cache.set(job.uid, { job, seenLiveAt: -Infinity, lastStatusWriteAt: -Infinity, absentSince: undefined, removedByUs: false });
    else if (entry.job.resourceVersion < job.resourceVersion) entry.job = job;
  }

  *#reconcile(uid: string): Task {
    const world = this.#world;
    let read: RowRead | undefined;
    let sentAt = -Infinity;
    let answeredAt = -Infinity;
    let version = '';
    let obstacle: Refused | undefined;
    for (let round = 0; round < 20; round += 1) {
      const entry = this.#cache.get(uid);
      if (entry === undefined) return;
      if (entry.job.resourceVersion !== version) read = undefined;
      if (read?.row === null && world.time - sentAt > INSERT_DEADLINE_SECONDS) read = undefined;
      const actions = decide(
        entry.job,
        read === undefined
          ? { kind: 'unread', databaseDown: obstacle !== undefined }
          : read.row !== null
            ? { kind: 'present', now: read.now, row: read.row }
            : { kind: 'absent', now: read.now, forSeconds: world.time - (entry.absentSince ?? world.time), removedByUs: entry.removedByUs, massLoss: false },
        {
          now: world.time * 1000,
          defaultTtlSeconds: world.defaultTtlSeconds,
          progressIntervalMs: 1000,
          msSinceStatusWrite: (world.time - entry.lastStatusWriteAt) * 1000,
          seenLive: entry.seenLiveAt >= answeredAt && world.time - entry.seenLiveAt < INSERT_DEADLINE_SECONDS - INSERT_MARGIN,
          hadRow: entry.job.status.jobId !== undefined,
          keys: { clusterName: undefined, tombstones: undefined },
          keyHolder: undefined,
          readOnly: false,
          omitResult: false,
        },
      );
      let { job } = entry;
      try {
        for (const action of actions) {
          if (action.do === 'readRow') {
            sentAt = world.time;
            read = (yield* this.#ask('database', `read the row of ${uid}`, () => world.read(uid))) as RowRead;
            answeredAt = world.time;
            if (read.row === null && entry.job.status.jobId !== undefined) entry.absentSince ??= world.time;
            else entry.absentSince = undefined;
          } else job = yield* this.#perform(action, job, entry);
        }
        version = job.resourceVersion;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        version = job.resourceVersion;
        if (error.fault === 'conflict' || error.fault === 'notFound') yield* this.#lookLive(entry);
        else if (error.fault === 'databaseAway' && entry.job.deleting && !world.databaseUp && obstacle === undefined) obstacle = error;
        else throw error;
        continue;
      }
      const last = actions.at(-1)?.do;
      if (last !== 'readRow' && last !== 'lookLive' && last !== 'addFinalizer') return;
    }
  }

  *#perform(action: Exclude<Action, { do: 'readRow' }>, job: JobResource, entry: Entry): Generator<Effect, JobResource, unknown> {
    const world = this.#world;
    const { uid } = job;
    switch (action.do) {
      case 'wait':
        return job;
      case 'lookLive':
        return yield* this.#lookLive(entry);
      case 'addFinalizer':
        return yield* this.#writeFinalizers(job, entry, [...job.finalizers, FINALIZER]);
      case 'removeFinalizer':
        return yield* this.#writeFinalizers(job, entry, job.finalizers.filter((finalizer) => finalizer !== FINALIZER));
      case 'writeStatus': {
        const written = (yield* this.#ask('api', `show ${uid} ${action.status.phase ?? '-'} (${action.reason})`, () => world.writeStatus(job, action))) as JobResource;
        entry.lastStatusWriteAt = world.time;
        this.#written(written);
        return written;
      }
      case 'deleteResource':
        yield* this.#ask('api', `delete ${uid}`, () => world.deleteResource(job));
        return job;
      case 'insertRow': {
        const deadline = entry.seenLiveAt + CLOCK_SKEW + INSERT_DEADLINE_SECONDS;
        yield* this.#ask('database', `insert the row of ${uid} as ${action.status}`, () => world.insert(uid, action, deadline));
        return job;
      }
      case 'cancelRow':
        yield* this.#ask('database', `cancel the row of ${uid}`, () => world.cancel(uid));
        return job;
      case 'stampTtl':
        yield* this.#ask('database', `stamp the row of ${uid} (${action.stamp.kind})`, () => world.stamp(uid, action));
        return job;
      case 'removeRow':
        entry.removedByUs = true;
        yield* this.#ask('database', `remove the row of ${uid}`, () => world.remove(uid));
        return job;
    }
  }

  *#lookLive(entry: Entry): Generator<Effect, JobResource, unknown> {
    const world = this.#world;
    const { uid } = entry.job;
    const asked = world.time;
    const live = (yield* this.#ask('api', `look at ${uid} live`, () => world.get(uid), false)) as JobResource | undefined;
    if (live === undefined) {
      this.#cache.delete(uid);
      return entry.job;
    }
    entry.seenLiveAt = asked;
    this.#apply(live);
    return live;
  }

  *#writeFinalizers(job: JobResource, entry: Entry, finalizers: readonly string[]): Generator<Effect, JobResource, unknown> {
    const asked = this.#world.time;
    const written = (yield* this.#ask('api', `write the finalizers of ${job.uid}: ${finalizers.length}`, () => this.#world.writeFinalizers(job, finalizers))) as JobResource;
    entry.seenLiveAt = asked;
    this.#written(written);
    return written;
  }

  #written(job: JobResource): void {
    if (this.#cache.has(job.uid)) this.#apply(job);
  }

  *#sweep(): Task {
    const world = this.#world;
    const page = (yield* this.#ask('database', 'look for expired rows', () => world.expired(), false)) as JobRow[];
    if (page.length === 0) return;
    const begunAt = Math.floor(world.now);
    const live = (yield* this.#ask('api', 'list the Jobs live', () => new Map(world.resources), false)) as Map<string, JobResource>;
    const own: string[] = [];
    const foreign: string[] = [];
    for (const { jobId, createdAt } of page) {
      const job = this.#cache.get(jobId)?.job;
      const seen = live.get(jobId);
      if (job !== undefined) {
        if (seen !== undefined && !seen.deleting && seen.generation === job.generation) own.push(jobId);
      } else if (seen === undefined && createdAt !== null && createdAt < begunAt) foreign.push(jobId);
    }
    if (foreign.length > 0) yield* this.#ask('database', `sweep ${foreign.join(', ')} of no resource`, () => world.sweep(foreign, () => true));
    if (own.length === 0) return;
    const removed = (yield* this.#ask('database', `sweep ${own.join(', ')}`, () => world.sweep(own, (row) => this.#isShown(row)), false)) as string[];
    for (const jobId of removed) {
      const entry = this.#cache.get(jobId);
      if (entry !== undefined) entry.removedByUs = true;
    }
  }

  #isShown(row: JobRow): boolean {
    const job = this.#cache.get(row.jobId)?.job;
    if (job === undefined || missingStamp(job.spec, row, this.#world.defaultTtlSeconds) !== undefined) return false;
    return difference(statusOfRow(job, row, 0), job.status) === 'none';
  }

  *#ask(side: Effect['side'], text: string, apply: () => unknown, survives = true): Generator<Effect, unknown, unknown> {
    return yield { side, text, survives, apply };
  }
}
