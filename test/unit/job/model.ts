/**
 * A world in small for the property tests: an API server with optimistic concurrency, a table with the
 * database's clock, and operator processes with stale caches whose every external effect is a step that others
 * may come before, that may be lost on its way, and that may arrive after its process has died.
 *
 * A process carries out decisions as controllers/job-controller.ts does, the sweep judges as
 * controllers/ttl-sweeper.ts does. What must always hold (contract section 5) is checked as each effect is applied.
 */
import type { Action } from '../../../src/job/action.ts';
import { decide } from '../../../src/job/decide.ts';
import { FINALIZER } from '../../../src/job/resource.ts';
import type { JobResource, JobSpec, ShownStatus } from '../../../src/job/resource.ts';
import { INSERT_DEADLINE_SECONDS, isFinished, ROW_MIN_AGE_SECONDS } from '../../../src/job/row.ts';
import type { JobRow, RowRead } from '../../../src/job/row.ts';
import { difference, statusOfRow } from '../../../src/job/status.ts';
import { missingStamp } from '../../../src/job/ttl.ts';
import { aJob, aRow } from './builders.ts';

type Fault = 'conflict' | 'notFound' | 'databaseAway' | 'apiAway';

class Refused extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault);
    this.fault = fault;
  }
}

/** One request on its way. `survives`: it may still arrive when its process is gone. */
interface Effect {
  readonly side: 'database' | 'api';
  readonly text: string;
  readonly survives: boolean;
  readonly apply: () => unknown;
}

type Task = Generator<Effect, void, unknown>;

interface Entry {
  job: JobResource;
  seenLiveAt: number;
  lastStatusWriteAt: number;
  absentSince: number | undefined;
  removedByUs: boolean;
}

/** The difference between the machine's clock and the database's, in seconds: nothing may rest on it. */
const CLOCK_SKEW = 7777;

/** The controller begins no INSERT with less than this before its deadline (seconds). */
const INSERT_MARGIN = 2;

const iso = (seconds: number | null) => (seconds === null ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);

/** What a resource has to show of a row, written down here once more so that the code is not its own judge. */
function shownOf(row: JobRow): string {
  const progress = row.status === 'completed' ? 100 : Math.min(99, Math.max(0, row.progress ?? 0));
  return JSON.stringify([row.status, progress, row.error, row.result !== null, iso(row.completedAt), iso(row.ttlExpiresAt)]);
}

function shownBy(status: ShownStatus): string {
  const { phase, progress, error, resultDigest, completedAt, expiresAt } = status;
  return JSON.stringify([phase?.toLowerCase(), progress, error ?? null, resultDigest !== undefined, completedAt, expiresAt]);
}

export class World {
  /** Seconds; both clocks derive from it. */
  time = 1_800_000_000;
  databaseUp = true;
  apiUp = true;
  readonly rows = new Map<string, JobRow>();
  readonly resources = new Map<string, JobResource>();
  readonly processes: readonly Process[];
  readonly defaultTtlSeconds: number | undefined;
  /** Requests whose process died. */
  readonly adrift: Effect[] = [];
  /** What happened, for the reader of a failure. */
  readonly log: string[] = [];
  statusWrites = 0;
  rowWrites = 0;
  readonly #history = new Map<string, string[]>();
  readonly #lastShown = new Map<string, number>();
  readonly #inserted = new Set<string>();
  readonly #jobIdSince = new Map<string, number>();
  readonly #goneSince = new Map<string, number>();
  readonly #released = new Set<string>();
  readonly #finishedAfterDeletion = new Set<string>();
  #version = 0;

  constructor(processes: number, defaultTtlSeconds?: number) {
    this.defaultTtlSeconds = defaultTtlSeconds;
    this.processes = Array.from({ length: processes }, (_, index) => new Process(this, 'AB'[index] ?? '?'));
  }

  /** The database's clock. */
  get now(): number {
    return this.time + CLOCK_SKEW;
  }

  say(text: string): void {
    this.log.push(`${(this.time - 1_800_000_000).toFixed(1).padStart(8)}  ${text}`);
  }

  violated(rule: string): never {
    throw new Error(`${rule}\n${this.log.join('\n')}`);
  }

  // What users do.

  create(uid: string, spec: Partial<JobSpec>): void {
    if (this.resources.has(uid) || this.#goneSince.has(uid)) return;
    this.resources.set(uid, aJob({ uid, name: uid, resourceVersion: this.#nextVersion(), finalizers: [], spec }));
  }

  change(uid: string, spec: Partial<JobSpec>): void {
    const job = this.resources.get(uid);
    if (job !== undefined) this.#store({ ...job, generation: job.generation + 1, spec: { ...job.spec, ...spec } });
  }

  delete(uid: string): void {
    const job = this.resources.get(uid);
    if (job === undefined || job.deleting) return;
    const row = this.rows.get(uid);
    if (row !== undefined && isFinished(row.status)) this.#finishedAfterDeletion.add(uid);
    this.#store({ ...job, deleting: true, generation: job.generation + 1 });
  }

  release(uid: string): void {
    const job = this.resources.get(uid);
    if (job !== undefined) this.#store({ ...job, release: true });
  }

  /** Another controller puts its finalizer on, or takes it off. */
  hold(uid: string, held: boolean): void {
    const job = this.resources.get(uid);
    if (job === undefined || (held && job.deleting)) return;
    const others = job.finalizers.filter((finalizer) => finalizer !== 'other');
    this.#store({ ...job, finalizers: held ? [...others, 'other'] : others });
  }

  #store(job: JobResource): JobResource {
    const stored = { ...job, resourceVersion: this.#nextVersion() };
    if (job.deleting && job.finalizers.length === 0) {
      this.resources.delete(job.uid);
      this.#goneSince.set(job.uid, this.time);
    } else this.resources.set(job.uid, stored);
    return stored;
  }

  #nextVersion(): string {
    this.#version += 1;
    return String(this.#version).padStart(6, '0');
  }

  // What workers, and people at the database, do.

  /** An UPDATE; `guarded` adds the condition that the row has not finished. */
  update(uid: string, set: Partial<JobRow>, guarded: boolean): void {
    const row = this.rows.get(uid);
    if (!this.databaseUp || row === undefined || (guarded && isFinished(row.status))) return;
    this.#put({ ...row, updatedAt: Math.floor(this.now), ...set });
  }

  /** Not before every INSERT that rests on an older look is too late: nothing can keep such a row from coming back. */
  deleteByHand(uid: string): void {
    const settled = this.#jobIdSince.get(uid) ?? this.#goneSince.get(uid);
    if (this.databaseUp && settled !== undefined && settled + INSERT_DEADLINE_SECONDS <= this.time) this.rows.delete(uid);
  }

  #put(row: JobRow): void {
    this.rows.set(row.jobId, row);
    const history = this.#history.get(row.jobId) ?? [];
    this.#history.set(row.jobId, history);
    history.push(shownOf(row));
    if (isFinished(row.status) && this.resources.get(row.jobId)?.deleting === true) this.#finishedAfterDeletion.add(row.jobId);
  }

  // The database's statements.

  read(jobId: string): RowRead {
    return { row: this.rows.get(jobId) ?? null, now: this.now };
  }

  insert(uid: string, action: Action & { do: 'insertRow' }, deadline: number): void {
    if (this.now >= deadline || this.rows.has(uid)) return;
    if (this.#inserted.has(uid)) this.violated(`a second row was inserted for ${uid}`);
    if (action.status === 'pending' && !this.resources.has(uid) && !this.#released.has(uid)) this.violated(`a row to be worked on was inserted for ${uid}, which is gone`);
    this.#inserted.add(uid);
    this.rowWrites += 1;
    const now = Math.floor(this.now);
    const cancelled = action.status === 'cancelled';
    this.#put(
      aRow({
        jobId: uid,
        status: action.status,
        createdAt: now,
        updatedAt: now,
        completedAt: cancelled ? now : null,
        ttlExpiresAt: cancelled && action.ttlSeconds !== null ? now + action.ttlSeconds : null,
      }),
    );
  }

  cancel(jobId: string): void {
    const row = this.rows.get(jobId);
    if (row === undefined || isFinished(row.status)) return;
    const now = Math.floor(this.now);
    this.rowWrites += 1;
    this.#put({ ...row, status: 'cancelled', completedAt: now, updatedAt: now });
  }

  stamp(jobId: string, { stamp }: Action & { do: 'stampTtl' }): void {
    const row = this.rows.get(jobId);
    if (row === undefined || isFinished(row.status) === (stamp.kind === 'clear')) return;
    if (stamp.kind === 'default' && row.ttlExpiresAt !== null) return;
    const end = Math.max(row.completedAt ?? 0, row.updatedAt ?? 0);
    const value = stamp.kind === 'clear' ? null : stamp.kind === 'removable' ? (row.createdAt ?? 0) + ROW_MIN_AGE_SECONDS : end + stamp.seconds;
    if (value === row.ttlExpiresAt) return;
    this.rowWrites += 1;
    this.#put({ ...row, ttlExpiresAt: value });
  }

  remove(jobId: string): void {
    const row = this.rows.get(jobId);
    if (row === undefined || !this.#oldEnough(row)) return;
    if (this.resources.get(jobId)?.deleting !== true && !this.#goneSince.has(jobId)) this.violated(`the row of ${jobId} was removed although nobody deleted the resource`);
    this.rowWrites += 1;
    this.rows.delete(jobId);
  }

  expired(): JobRow[] {
    return [...this.rows.values()].filter((row) => row.ttlExpiresAt !== null && row.ttlExpiresAt < this.now);
  }

  /** Lock, compare, delete. */
  sweep(jobIds: readonly string[], isShown: (row: JobRow) => boolean): string[] {
    const doomed = this.expired().filter((row) => jobIds.includes(row.jobId) && isFinished(row.status) && this.#oldEnough(row) && isShown(row));
    for (const row of doomed) {
      const job = this.resources.get(row.jobId);
      if (job !== undefined && (job.status.jobId !== row.jobId || shownBy(job.status) !== shownOf(row))) {
        this.violated(`the sweep took the row of ${row.jobId}, whose end its resource does not show`);
      }
      this.rowWrites += 1;
      this.rows.delete(row.jobId);
    }
    return doomed.map(({ jobId }) => jobId);
  }

  #oldEnough(row: JobRow): boolean {
    return row.createdAt === null || row.createdAt <= this.now - ROW_MIN_AGE_SECONDS;
  }

  // The API server's requests.

  get(uid: string): JobResource | undefined {
    return this.resources.get(uid);
  }

  writeFinalizers(job: JobResource, finalizers: readonly string[]): JobResource {
    const current = this.#current(job);
    if (current.deleting && finalizers.length > current.finalizers.length) this.violated(`a finalizer was added to ${job.uid} during its deletion`);
    if (!finalizers.includes(FINALIZER)) this.#checkLettingGo(current);
    return this.#store({ ...current, finalizers });
  }

  #checkLettingGo(job: JobResource): void {
    const { uid } = job;
    if (!job.deleting) this.violated(`the finalizer of ${uid} went although nobody deletes it`);
    if (job.release && !this.databaseUp) this.#released.add(uid);
    if (this.#released.has(uid) || job.release) return;
    if (!this.#inserted.has(uid)) this.violated(`${uid} was let go before its id was taken`);
    const row = this.rows.get(uid);
    if (row !== undefined && job.spec.deletionPolicy === 'Cancel' && !this.#finishedAfterDeletion.has(uid)) this.violated(`${uid} was let go with its row ${row.status}`);
  }

  writeStatus(job: JobResource, { status: draft }: Action & { do: 'writeStatus' }): JobResource {
    const current = this.#current(job);
    const { uid } = job;
    const { scope, result: _result, ...status } = draft;
    if (sameStatus(status, current.status)) this.violated(`the status of ${uid} was written without a difference`);
    if (current.status.jobId !== undefined && status.jobId !== current.status.jobId) this.violated(`${uid} forgot its row`);
    if (scope === 'whole') this.#checkShown(uid, status);
    else if (status.conditions.some(({ reason }) => reason === 'RowMissing' || reason === 'Expired') && this.rows.has(uid)) {
      this.violated(`${uid} says that its row is gone, and it is there`);
    }
    this.statusWrites += 1;
    if (status.jobId !== undefined && !this.#jobIdSince.has(uid)) this.#jobIdSince.set(uid, this.time);
    return this.#store({ ...current, status });
  }

  /** A status shows a state that was committed, and never one before the state shown last. */
  #checkShown(uid: string, status: ShownStatus): void {
    const history = this.#history.get(uid) ?? [];
    const shown = history.indexOf(shownBy(status), this.#lastShown.get(uid) ?? 0);
    if (shown < 0) this.violated(`${uid} shows a state that its row never had, or had before the one shown last: ${shownBy(status)}`);
    this.#lastShown.set(uid, shown);
  }

  deleteResource(job: JobResource): void {
    const current = this.resources.get(job.uid);
    if (current === undefined) return;
    if (current.spec.ttlPolicy !== 'RowAndResource' && job.spec.ttlPolicy !== 'RowAndResource') this.violated(`${job.uid} was deleted without its policy`);
    if (this.rows.has(job.uid)) this.violated(`${job.uid} was deleted before its row`);
    this.delete(job.uid);
  }

  #current(job: JobResource): JobResource {
    const current = this.resources.get(job.uid);
    if (current === undefined) throw new Refused('notFound');
    if (current.resourceVersion !== job.resourceVersion) throw new Refused('conflict');
    return current;
  }

  // Requests and their fates.

  /** Applies the request; a side that is away refuses it. */
  deliver(effect: Effect): unknown {
    if (effect.side === 'database' && !this.databaseUp) throw new Refused('databaseAway');
    if (effect.side === 'api' && !this.apiUp) throw new Refused('apiAway');
    return effect.apply();
  }

  deliverAdrift(): void {
    const effect = this.adrift.shift();
    if (effect === undefined) return;
    this.say(`  late: ${effect.text}`);
    try {
      this.deliver(effect);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Everything is back, nobody does anything, and half a minute and more goes by. */
  settle(): void {
    this.databaseUp = true;
    this.apiUp = true;
    for (const uid of this.resources.keys()) this.hold(uid, false);
    while (this.adrift.length > 0) this.deliverAdrift();
    for (let second = 0; second < 40; second += 2) {
      this.round();
      if (second % 10 === 0) for (const process of this.processes) process.sweep();
      this.time += 2;
    }
    this.round();
  }

  /** Every process hears what there is and looks at each Job once. */
  round(): void {
    for (const process of this.processes) {
      process.finish();
      process.hear();
      for (const uid of Array.from(this.resources.keys())) {
        process.reconcile(uid);
        process.finish();
        process.hear();
      }
    }
  }

  /** What must hold once everything is quiet. */
  checkSettled(): void {
    for (const job of this.resources.values()) this.#checkSettledJob(job);
    for (const row of this.expired()) {
      if (isFinished(row.status) && this.#oldEnough(row) && (row.ttlExpiresAt ?? 0) < this.now - 15) this.violated(`the expired row of ${row.jobId} is still there`);
    }
  }

  #checkSettledJob({ uid, deleting, spec, status, generation }: JobResource): void {
    const row = this.rows.get(uid);
    const synced = status.conditions.find(({ type }) => type === 'Synced');
    if (deleting) this.violated(`${uid} is still being deleted`);
    if (status.jobId === undefined) this.violated(`${uid} has no row`);
    if (status.observedGeneration !== generation) this.violated(`${uid} has not acknowledged its spec`);
    if (row === undefined) {
      if (synced?.status !== 'False') this.violated(`${uid} does not say that its row is gone`);
      if (synced.reason === 'Expired' && spec.ttlPolicy === 'RowAndResource') this.violated(`${uid} should have gone with its row`);
      return;
    }
    if (shownBy(status) !== shownOf(row) || synced?.status !== 'True') this.violated(`${uid} does not show its row: ${shownBy(status)}, the row has ${shownOf(row)}`);
    if (spec.cancel && !isFinished(row.status)) this.violated(`${uid} was not cancelled`);
    const ttl = spec.ttlSecondsAfterFinished;
    if (ttl !== undefined && row.ttlExpiresAt !== (isFinished(row.status) ? Math.max(row.completedAt ?? 0, row.updatedAt ?? 0) + ttl : null)) this.violated(`${uid} does not bear its stamp`);
  }
}

function sameStatus(left: ShownStatus, right: ShownStatus): boolean {
  return withoutTimes(left) === withoutTimes(right);
}

/** All of a status but when its conditions last changed, in one order. */
function withoutTimes({ conditions, ...rest }: ShownStatus): string {
  const told = conditions.map(({ lastTransitionTime: _time, ...condition }) => JSON.stringify(condition)).toSorted();
  return JSON.stringify(Object.entries({ ...rest, told }).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Does it now, and says or throws the outcome whenever it is asked. */
function answerOf(act: () => unknown): () => unknown {
  try {
    const answer = act();
    return () => answer;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return () => {
      throw error;
    };
  }
}

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
