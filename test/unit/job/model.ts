/**
 * A world in small for the property tests: an API server with optimistic concurrency, a table with the
 * database's clock, and operator processes with stale caches whose every external effect is a step that others
 * may come before, that may be lost on its way, and that may arrive after its process has died.
 *
 * What must always hold (contract section 5) is checked as each effect is applied.
 */
import type { Action } from '../../../src/job/action.ts';
import { FINALIZER } from '../../../src/job/resource.ts';
import type { JobResource, JobSpec, ShownStatus } from '../../../src/job/resource.ts';
import { INSERT_DEADLINE_SECONDS, isFinished, ROW_MIN_AGE_SECONDS } from '../../../src/job/row.ts';
import type { JobRow, RowRead } from '../../../src/job/row.ts';
import { aJob, aRow } from './builders.ts';
import { Process } from './model-process.ts';
import { CLOCK_SKEW, Refused } from './model-request.ts';
import type { Effect } from './model-request.ts';
import { sameStatus, shownBy, shownOf } from './model-shown.ts';

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
