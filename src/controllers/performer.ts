/** Carries out the actions of a decision, one by one, and keeps the cache in step with what was written. */
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { Action, RowAction, WriteReason } from '../job/action.ts';
import { identityOf, isKeyed, jobIdOf, keyHolder } from '../job/identity.ts';
import type { KeySupport } from '../job/identity.ts';
import { FINALIZER } from '../job/resource.ts';
import type { JobResource } from '../job/resource.ts';
import { INSERT_DEADLINE_SECONDS } from '../job/row.ts';
import type { JobCache } from './job-cache.ts';
import type { JobEntry } from './job-entry.ts';
import type { Availability, DatabaseTime, Events, Jobs, Rows } from './ports.ts';

/** Told what was written, for the metrics. */
export interface WriteObserver {
  /** @param job as it shows itself now */
  statusWritten(reason: WriteReason, job: JobResource): void;
  /** @param seconds from finding a changed row to the status that shows it */
  rowShown(seconds: number): void;
}

export interface PerformerParts {
  readonly cache: JobCache;
  readonly jobs: Jobs;
  readonly rows: Rows;
  readonly keys: () => KeySupport;
  /** Whether this process may begin an effect now: one that slept may have lost its Lease meanwhile. */
  readonly isLeading: () => boolean;
  readonly databaseTime: DatabaseTime;
  readonly availability: Availability;
  readonly events: Events;
  readonly observer: WriteObserver;
  readonly clock: Clock;
}

/** An INSERT is begun with at least this left before its deadline; else the resource is looked at anew. */
const INSERT_MARGIN_MS = 2_000;

/**
 * After a moment, and so recently that an INSERT may rest on it, the resource was seen alive: a keyed one that is not
 * accepted yet together with all who share its key.
 */
export function isSeenLive(entry: JobEntry, since: number, clock: Clock): boolean {
  const contested = isKeyed(entry.job) && entry.job.status.jobId === undefined;
  const seenAt = contested ? Math.min(entry.seenLiveAt, entry.keySeenAt) : entry.seenLiveAt;
  return seenAt >= since && clock.monotonic() - seenAt < INSERT_DEADLINE_SECONDS * 1000 - INSERT_MARGIN_MS;
}

export class Performer {
  readonly #parts: PerformerParts;

  constructor(parts: PerformerParts) {
    this.#parts = parts;
  }

  /**
   * @param job the version of the resource that was decided on; writes carry its resource version
   * @returns the version after the action
   */
  async perform(action: Exclude<Action, { do: 'readRow' }>, job: JobResource, entry: JobEntry): Promise<JobResource> {
    this.#requireLead();
    switch (action.do) {
      case 'wait':
        return job;
      case 'lookLive':
        return this.lookLive(entry);
      case 'addFinalizer':
        return this.#writeFinalizers(job, entry, [...job.finalizers, FINALIZER]);
      case 'removeFinalizer':
        return this.#writeFinalizers(job, entry, job.finalizers.filter((finalizer) => finalizer !== FINALIZER));
      case 'writeStatus':
        return this.#writeStatus(action, job, entry);
      case 'deleteResource':
        await this.#parts.jobs.remove(job);
        return job;
      case 'insertRow':
        await this.#insert(action, job, entry);
        return job;
      case 'removeRow':
        this.#requireDatabase();
        entry.removedByUs = true;
        await this.performOnRow(action, job);
        return job;
      case 'cancelRow':
      case 'stampTtl':
        await this.performOnRow(action, job);
        return job;
    }
  }

  /** On the row that the Job names, or would name. */
  async performOnRow(action: RowAction, job: JobResource): Promise<void> {
    const { rows, keys } = this.#parts;
    this.#requireLead();
    this.#requireDatabase();
    const jobId = jobIdOf(job, keys().clusterName);
    switch (action.do) {
      case 'cancelRow':
        return rows.cancel(jobId);
      case 'stampTtl':
        return rows.stampTtl(jobId, action.stamp);
      case 'removeRow':
        return rows.remove(jobId);
    }
  }

  /** Reads the resource from the API server. One that is gone, or is another of the same name, leaves the cache. */
  async lookLive(entry: JobEntry): Promise<JobResource> {
    const { cache, jobs, keys, clock } = this.#parts;
    const { namespace, name, uid, spec } = entry.job;
    const asked = clock.monotonic();
    const live = await jobs.get(namespace, name);
    if (spec.idempotencyKey !== undefined && live?.status.jobId === undefined) {
      entry.keySeenAt = asked;
      entry.keyHolder = keyHolder(entry.job, await jobs.withKey(namespace, spec.idempotencyKey), keys().clusterName);
    }
    if (live !== null) cache.apply(live);
    if (live === null || live.uid !== uid) {
      cache.remove(uid);
      return entry.job;
    }
    entry.seenLiveAt = asked;
    return live;
  }

  async #insert(action: Action & { do: 'insertRow' }, job: JobResource, entry: JobEntry): Promise<void> {
    const { cache, rows, keys, databaseTime } = this.#parts;
    this.#requireDatabase();
    const jobId = identityOf(job, keys().clusterName);
    if (databaseTime.at(entry.seenLiveAt) === undefined) await rows.read(jobId);
    const seenLive = databaseTime.at(entry.seenLiveAt);
    if (job.payload === undefined || seenLive === undefined) {
      throw new OperatorError('API_CONFLICT', 'the Job has to be read again before its row can be written');
    }
    // It has left the cache since its finalizer was written: deleted, or out of the selection.
    if (cache.get(job.uid) !== entry) throw new OperatorError('API_NOT_FOUND', 'the Job has gone');
    await rows.insert({
      jobId,
      type: job.spec.type,
      status: action.status,
      payload: job.payload,
      deadline: seenLive + INSERT_DEADLINE_SECONDS,
      ttlSeconds: action.ttlSeconds,
      keyed: isKeyed(job),
    });
  }

  async #writeFinalizers(job: JobResource, entry: JobEntry, finalizers: readonly string[]): Promise<JobResource> {
    const { cache, jobs, clock } = this.#parts;
    const asked = clock.monotonic();
    return cache.writing(entry, async () => {
      const after = { ...job, ...(await jobs.replaceFinalizers(job, finalizers)) };
      entry.seenLiveAt = asked;
      cache.apply(after);
      return after;
    });
  }

  async #writeStatus(action: Action & { do: 'writeStatus' }, job: JobResource, entry: JobEntry): Promise<JobResource> {
    const { cache, jobs, events, observer, clock } = this.#parts;
    const after = await cache.writing(entry, async () => {
      const written = await jobs.writeStatus(job, action.status);
      const { scope: _scope, result: _result, ...status } = action.status;
      const shown: JobResource = { ...job, ...written, status, payload: status.jobId === undefined ? job.payload : undefined };
      cache.apply(shown);
      return shown;
    });
    entry.lastStatusWriteAt = clock.monotonic();
    if (entry.changeFoundAt !== undefined) observer.rowShown((entry.lastStatusWriteAt - entry.changeFoundAt) / 1000);
    entry.changeFoundAt = undefined;
    observer.statusWritten(action.reason, after);
    if (action.event !== undefined) events.tell(after, action.event);
    return after;
  }

  #requireLead(): void {
    if (!this.#parts.isLeading()) throw new OperatorError('LEADERSHIP_LOST', 'this process leads no longer');
  }

  /** While the prober sees no database, statements fail at once instead of each waiting for its own time-out. */
  #requireDatabase(): void {
    if (this.#parts.availability.isDown()) throw new OperatorError('DATABASE_UNAVAILABLE', 'the database does not answer');
  }
}
