/**
 * What this process knows: a projection of each watched Job, and beside it the little that reconciling
 * remembers between two looks. Filled by the reflectors, read by everything else. Losing it costs reads,
 * never truth: all of it is found again from the API server and the table.
 */
import type { Watched } from '../database/change-feed.ts';
import { isRunningFingerprint, runningText } from '../database/fingerprint.ts';
import { IdShards } from '../database/id-shards.ts';
import { isKeyed } from '../job/identity.ts';
import type { JobResource } from '../job/resource.ts';
import { isFinishedPhase } from '../job/status.ts';
import { newEntry } from './job-entry.ts';
import type { JobEntry } from './job-entry.ts';
import { changesDecision, isOlder } from './job-version.ts';
import { PayloadBudget } from './payload-budget.ts';

/** Told what came in, so that the right keys are queued with the right priority. */
export interface CacheListener {
  /** `before` is undefined for a Job seen for the first time; `initial` marks a relist. */
  changed(job: JobResource, before: JobResource | undefined, initial: boolean): void;
  removed(entry: JobEntry): void;
}

/** No row's fingerprint. */
const DISAGREEMENT = '';

export class JobCache implements Watched {
  readonly #entries = new Map<string, JobEntry>();
  /** Job ids that are not their resource's uid: rare, so only they are indexed. */
  readonly #followers = new Map<string, Set<string>>();
  /** Job ids of Jobs whose row ran when it was last reconciled. */
  readonly #running = new IdShards();
  /** Job ids of Jobs whose row exists, and neither runs nor has finished, as far as their status says. */
  readonly #waiting = new IdShards();
  #accepted = 0;
  #moment = 0;
  #newestVersion: string | undefined;
  readonly #listener: CacheListener;
  #processed: (jobId: string, known: string | undefined) => void = () => undefined;
  readonly #payloads: PayloadBudget;

  constructor(listener: CacheListener, payloads: PayloadBudget = new PayloadBudget()) {
    this.#listener = listener;
    this.#payloads = payloads;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The newest version of any Job that this process was told of, by watch, read or write. */
  get newestVersion(): string | undefined {
    return this.#newestVersion;
  }

  get(uid: string): JobEntry | undefined {
    return this.#entries.get(uid);
  }

  /** Just this version of the Job is held: a watch that brings it brings nothing. */
  holds(uid: string, resourceVersion: string): boolean {
    return this.#entries.get(uid)?.job.resourceVersion === resourceVersion;
  }

  *jobs(): Generator<JobResource> {
    for (const { job } of this.#entries.values()) yield job;
  }

  /** Of one namespace, or of all. */
  *uids(namespace?: string): Generator<string> {
    for (const [uid, { job }] of this.#entries) {
      if (namespace === undefined || job.namespace === namespace) yield uid;
    }
  }

  /**
   * Fingerprint of the row as it was last reconciled. Where several Jobs show the row and do not agree, it is one that no row
   * has: the feed then reports the row until all of them have caught up.
   */
  fingerprintOf(jobId: string): string | undefined {
    // As a rule nobody else shows the row.
    if (!this.#followers.has(jobId)) {
      const own = this.#entries.get(jobId);
      return own !== undefined && showsOwnUid(own.job) ? own.handledFingerprint : undefined;
    }
    let found: { readonly fingerprint: string | undefined } | undefined;
    for (const { handledFingerprint } of this.ofRow(jobId)) {
      if (found !== undefined && found.fingerprint !== handledFingerprint) return DISAGREEMENT;
      found = { fingerprint: handledFingerprint };
    }
    return found?.fingerprint;
  }

  onProcessed(listener: (jobId: string, known: string | undefined) => void): void {
    this.#processed = listener;
  }

  running(): IdShards {
    return this.#running;
  }

  waiting(): IdShards {
    return this.#waiting;
  }

  /** How many Jobs have ever had a row. */
  count(): number {
    return this.#accepted;
  }

  moment(): number {
    return this.#moment;
  }

  /** Job ids of all of these. */
  *all(): Generator<string> {
    for (const { job } of this.#entries.values()) {
      if (job.status.jobId !== undefined) yield job.status.jobId;
    }
  }

  /** When the feed found the oldest change that no status shows yet. */
  oldestChangeFoundAt(): number | undefined {
    let oldest: number | undefined;
    for (const { changeFoundAt } of this.#entries.values()) {
      if (changeFoundAt !== undefined && (oldest === undefined || changeFoundAt < oldest)) oldest = changeFoundAt;
    }
    return oldest;
  }

  /** The Jobs that show this row: one, unless a status was copied. */
  *ofRow(jobId: string): Generator<JobEntry> {
    const own = this.#entries.get(jobId);
    if (own !== undefined && showsOwnUid(own.job)) yield own;
    for (const uid of this.#followers.get(jobId) ?? []) {
      const entry = this.#entries.get(uid);
      if (entry !== undefined) yield entry;
    }
  }

  /** From a watch or a list. An older or equal version than the one held is no news: our own writes are applied at once. */
  upsert(received: JobResource, initial: boolean): void {
    this.#note(received.resourceVersion);
    const entry = this.#entries.get(received.uid);
    if (entry?.isWriting === true) {
      entry.cameMeanwhile = received;
      return;
    }
    const job = this.#payloads.admit(received, entry?.job);
    if (entry === undefined) {
      this.#entries.set(job.uid, newEntry(job, this.#nextMoment()));
      this.#index(job);
      this.#listener.changed(job, undefined, initial);
      return;
    }
    const before = entry.job;
    if (job.resourceVersion === before.resourceVersion || isOlder(job.resourceVersion, before.resourceVersion)) return;
    this.#replace(entry, job);
    if (changesDecision(before, job)) this.#listener.changed(job, before, initial);
  }

  /** From a write of ours or a live read: the same, without telling anybody. */
  apply(job: JobResource): void {
    this.#note(job.resourceVersion);
    const entry = this.#entries.get(job.uid);
    if (entry !== undefined && !isOlder(job.resourceVersion, entry.job.resourceVersion)) this.#replace(entry, job);
  }

  /**
   * What the watch tells of this Job until the write has ended is looked at then: the version that was written is no news, and would be reconciled
   * once more if it came before the answer. Nobody waits for it: while we write, no other worker has the Job.
   */
  async writing<Result>(entry: JobEntry, write: () => Promise<Result>): Promise<Result> {
    entry.isWriting = true;
    try {
      return await write();
    } finally {
      const { job, cameMeanwhile } = entry;
      entry.isWriting = false;
      entry.cameMeanwhile = undefined;
      if (cameMeanwhile !== undefined && this.#entries.get(job.uid) === entry) this.upsert(cameMeanwhile, false);
    }
  }

  /** The row has been reconciled as it was with this fingerprint; `NO_ROW` for one that was not there. */
  handled(entry: JobEntry, fingerprint: string): void {
    entry.handledFingerprint = fingerprint;
    // Removed meanwhile, it counts no more.
    const { uid, status } = entry.job;
    if (this.#entries.get(uid) === entry) this.#noteRow(status.jobId ?? uid);
  }

  remove(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    this.#unindex(entry.job);
    this.#entries.delete(uid);
    this.#noteRow(uid);
    this.#noteRow(entry.job.status.jobId ?? uid);
    this.#listener.removed(entry);
  }

  /** A new term of leadership remembers nothing that can change: others may have acted since. */
  forget(): void {
    for (const entry of this.#entries.values()) {
      this.#listener.removed(entry);
      const { hadRow, isWriting, cameMeanwhile } = entry;
      Object.assign(entry, { ...newEntry(entry.job, this.#nextMoment()), hadRow, isWriting, cameMeanwhile });
    }
    this.#running.clear();
    for (const jobId of this.all()) this.#noteRow(jobId);
  }

  #note(version: string): void {
    if (this.#newestVersion === undefined || isOlder(this.#newestVersion, version)) this.#newestVersion = version;
  }

  #replace(entry: JobEntry, job: JobResource): void {
    const before = entry.job;
    this.#unindex(before);
    entry.job = job;
    entry.knownAt = this.#nextMoment();
    entry.hadRow ||= job.status.jobId !== undefined;
    this.#index(job);
    if (before.status.jobId === job.status.jobId) return;
    for (const jobId of new Set([job.uid, before.status.jobId ?? job.uid, job.status.jobId ?? job.uid])) this.#noteRow(jobId);
  }

  #nextMoment(): number {
    this.#moment += 1;
    return this.#moment;
  }

  /** What is known of the row may have changed. */
  #noteRow(jobId: string): void {
    const known = this.fingerprintOf(jobId);
    if (known !== undefined && isRunningFingerprint(known)) this.#running.set(jobId, runningText(jobId, known));
    else this.#running.delete(jobId);
    this.#processed(jobId, known);
  }

  #index(job: JobResource): void {
    this.#payloads.hold(job);
    const { jobId } = job.status;
    if (jobId === undefined) return;
    this.#accepted += 1;
    if (jobId !== job.uid) {
      const uids = this.#followers.get(jobId) ?? new Set();
      this.#followers.set(jobId, uids.add(job.uid));
    }
    this.#expect(job, jobId);
  }

  #unindex(job: JobResource): void {
    this.#payloads.release(job);
    const { jobId } = job.status;
    if (jobId === undefined) return;
    this.#accepted -= 1;
    this.#waiting.delete(jobId);
    const uids = this.#followers.get(jobId);
    if (uids === undefined) return;
    uids.delete(job.uid);
    if (uids.size === 0) this.#followers.delete(jobId);
    // Another resource may wait for the same row: the next one of a key, or a copy of a status.
    for (const entry of this.ofRow(jobId)) {
      if (entry.job !== job && entry.job.status.jobId === jobId) this.#expect(entry.job, jobId);
    }
  }

  #expect(job: JobResource, jobId: string): void {
    if (!isFinishedPhase(job.status.phase) && job.status.phase !== 'Running' && !isRowMissing(job)) this.#waiting.set(jobId, jobId);
  }
}

/** Its row is the one of its uid: the status says so, or is still to say it. */
function showsOwnUid(job: JobResource): boolean {
  return job.status.jobId === undefined ? !isKeyed(job) : job.status.jobId === job.uid;
}

/** Its row is gone and the status says so: only the full pass looks for it again. */
function isRowMissing(job: JobResource): boolean {
  return job.status.conditions.some(({ type, reason }) => type === 'Synced' && reason === 'RowMissing');
}
