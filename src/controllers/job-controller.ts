/**
 * The loop of one Job: look, decide, do, and again until there is nothing to do. It holds no rules of its
 * own: they are in job/decide.ts. What it adds is the order of reads and writes that makes them safe:
 * a status rests on a row that was read after the resource's version was known, and an INSERT on a
 * resource that was seen alive a moment before.
 */
import { NO_ROW } from '../database/fingerprint.ts';
import type { Clock } from '../engine/clock.ts';
import type { Outcome } from '../engine/controller.ts';
import { OperatorError } from '../errors.ts';
import type { Action } from '../job/action.ts';
import { decide } from '../job/decide.ts';
import { isKeyed, jobIdOf } from '../job/identity.ts';
import type { KeySupport } from '../job/identity.ts';
import { payloadRefused } from '../job/refusal.ts';
import type { Circumstances, RowKnowledge } from '../job/knowledge.ts';
import { INSERT_DEADLINE_SECONDS } from '../job/row.ts';
import type { RowRead } from '../job/row.ts';
import type { DepartedJobs } from './departed-jobs.ts';
import type { JobCache } from './job-cache.ts';
import type { JobEntry } from './job-entry.ts';
import { jobFields } from './job-log.ts';
import { isSeenLive } from './performer.ts';
import type { Performer } from './performer.ts';
import type { Availability, FreshRow, Rows } from './ports.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { VanishedRows } from './vanished-rows.ts';

export interface JobControllerSettings {
  /** Seconds, or undefined for never. */
  readonly defaultTtlSeconds: number | undefined;
  readonly progressIntervalMs: number;
}

export interface JobControllerParts {
  readonly cache: JobCache;
  readonly rows: Pick<Rows, 'read' | 'readKeyed'>;
  readonly freshRow: FreshRow;
  readonly keys: () => KeySupport;
  readonly availability: Availability;
  readonly performer: Performer;
  readonly vanished: VanishedRows;
  readonly departed: Pick<DepartedJobs, 'reconcile' | 'returned'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: JobControllerSettings;
}

/** Decisions in one reconcile. The longest honest way has seven; more is a quarrel with another writer, which backs off. */
const MAX_ROUNDS = 20;

/** A refused row is offered to the database again after this long: its limits may have been raised. */
const REFUSAL_RECHECK_MS = 600_000;

/** What a reconcile has read so far, and what stands in its way. */
interface Look {
  readonly reconcileId: string;
  /** The version of the resource that the row was read after; for any other the read is void. */
  resourceVersion: string;
  read: RowRead | undefined;
  /** Before the read was sent, and after it was answered; monotonic milliseconds. */
  readSentAt: number;
  readAnsweredAt: number;
  /** Part of the work cannot be done now; the rest is, then this is thrown. */
  obstacle: OperatorError | undefined;
}

export class JobController {
  readonly #parts: JobControllerParts;

  constructor(parts: JobControllerParts) {
    this.#parts = parts;
  }

  /** @throws OperatorError; the policy of the controller says what follows */
  async reconcile(uid: string, { reconcileId }: { readonly reconcileId: string }): Promise<Outcome> {
    const look: Look = { reconcileId, resourceVersion: '', read: undefined, readSentAt: -Infinity, readAnsweredAt: -Infinity, obstacle: undefined };
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const entry = this.#parts.cache.get(uid);
      if (entry === undefined) return this.#parts.departed.reconcile(uid);
      this.#parts.departed.returned(uid);
      if (entry.job.resourceVersion !== look.resourceVersion) look.read = undefined;
      // Whoever changes the Job asks for another try.
      if (entry.refusal?.generation !== entry.job.generation && !entry.job.deleting) entry.refusal = undefined;

      const actions = decide(entry.job, this.#known(entry, look), this.#circumstances(entry, look));
      const failure = await this.#carryOut(actions, entry, look);
      if (failure !== undefined) await this.#overcome(failure.error, entry, look);
      else if (!decidesAgain(actions.at(-1))) return this.#conclude(actions.at(-1), entry, look);
    }
    throw new OperatorError('API_CONFLICT', 'the Job changes faster than it can be reconciled');
  }

  async #carryOut(actions: readonly Action[], entry: JobEntry, look: Look): Promise<{ error: unknown } | undefined> {
    let { job } = entry;
    try {
      for (const action of actions) {
        if (action.do === 'readRow') await this.#read(entry, look);
        else job = await this.#parts.performer.perform(action, job, entry);
        this.#parts.logger.debug({ ...jobFields(job), reconcileId: look.reconcileId, action: action.do }, 'done');
        if (action.do === 'writeStatus' && action.event !== undefined) {
          this.#parts.logger.info({ ...jobFields(job), reconcileId: look.reconcileId, reason: action.event.reason }, 'status written');
        }
      }
      return undefined;
    } catch (error) {
      return { error };
    } finally {
      // Our own write, made on the version that was read for, does not void the read.
      look.resourceVersion = job.resourceVersion;
    }
  }

  async #read(entry: JobEntry, look: Look): Promise<void> {
    const { cache, rows, freshRow, keys, availability, vanished, clock } = this.#parts;
    if (availability.isDown()) throw new OperatorError('DATABASE_UNAVAILABLE', 'the database does not answer');
    const { clusterName, tombstones } = keys();
    const jobId = jobIdOf(entry.job, clusterName);
    // The payload of a row is read only where it may have to be compared, and a tombstone only where there are any.
    const withKey = isKeyed(entry.job) && tombstones === true;
    // A later read is there to see what was done meanwhile; and one from before we removed the row would say that it is there.
    const isFirst = look.readSentAt === -Infinity;
    const fresh = withKey || !isFirst || entry.removedByUs ? undefined : freshRow(jobId, entry.knownAt);
    look.readSentAt = fresh?.sentAt ?? clock.monotonic();
    look.read = fresh?.read ?? (await (withKey ? rows.readKeyed(jobId) : rows.read(jobId)));
    look.readAnsweredAt = fresh?.answeredAt ?? clock.monotonic();
    if (look.read.row !== null) entry.removedByUs = false;
    // Its Job may have gone while the row was read.
    if (cache.get(entry.job.uid) !== entry) return;
    const isGone = look.read.row === null && look.read.tombstone === undefined;
    if (isGone && entry.job.status.jobId !== undefined) vanished.missing(entry, look.readAnsweredAt, look.read.now);
    else vanished.explained(entry);
  }

  #known(entry: JobEntry, { read, readSentAt, obstacle }: Look): RowKnowledge {
    // A Job that names its row has one, whoever had it refused.
    if (entry.refusal !== undefined && entry.job.status.jobId === undefined) return { kind: 'refused', refusal: entry.refusal };
    if (read === undefined) return { kind: 'unread', databaseDown: obstacle?.code !== undefined && obstacle.code !== 'DATABASE_READ_ONLY' };
    if (read.row !== null) return { kind: 'present', now: read.now, row: read.row, payloadDigest: read.payloadDigest };
    if (read.tombstone !== undefined) return { kind: 'tombstone', now: read.now, tombstone: read.tombstone };
    const { clock, vanished } = this.#parts;
    // A process that slept since then knows nothing: see `create` in job/decide.ts.
    if (clock.monotonic() - readSentAt > INSERT_DEADLINE_SECONDS * 1000) return { kind: 'unread', databaseDown: false };
    const forMs = entry.absentSince === undefined ? 0 : clock.monotonic() - entry.absentSince;
    return {
      kind: 'absent',
      now: read.now,
      forSeconds: forMs / 1000,
      removedByUs: entry.removedByUs,
      massLoss: vanished.isMassLoss(),
    };
  }

  #circumstances(entry: JobEntry, { read, readAnsweredAt, obstacle }: Look): Circumstances {
    const { clock, keys, settings } = this.#parts;
    return {
      now: clock.now(),
      defaultTtlSeconds: settings.defaultTtlSeconds,
      progressIntervalMs: settings.progressIntervalMs,
      msSinceStatusWrite: clock.monotonic() - entry.lastStatusWriteAt,
      seenLive: isSeenLive(entry, readAnsweredAt, clock),
      readOnly: obstacle?.code === 'DATABASE_READ_ONLY',
      hadRow: entry.hadRow,
      keys: keys(),
      keyHolder: entry.keyHolder,
      omitResult: entry.tooLargeFingerprint !== undefined && entry.tooLargeFingerprint === fingerprintOf(read),
    };
  }

  /** Turns a failure into something to decide on, or throws it. */
  async #overcome(error: unknown, entry: JobEntry, look: Look): Promise<void> {
    if (!(error instanceof OperatorError)) throw error;
    switch (error.code) {
      case 'API_CONFLICT':
      case 'API_NOT_FOUND':
        await this.#parts.performer.lookLive(entry);
        return;
      case 'ROW_REFUSED':
        entry.refusal = { ...payloadRefused(error.message), at: this.#parts.clock.monotonic(), generation: entry.job.generation };
        return;
      case 'API_TOO_LARGE': {
        const fingerprint = fingerprintOf(look.read);
        if (fingerprint === undefined || fingerprint === entry.tooLargeFingerprint) throw error;
        entry.tooLargeFingerprint = fingerprint;
        return;
      }
      case 'DATABASE_READ_ONLY':
        this.#workAround(error, look);
        return;
      case 'DATABASE_UNAVAILABLE':
      case 'DATABASE_LOGIN_REFUSED':
        // One broken connection is no outage; the prober says when it is one.
        if (!entry.job.deleting || !this.#parts.availability.isDown()) throw error;
        this.#workAround(error, look);
        return;
      default:
        throw error;
    }
  }

  #workAround(error: OperatorError, look: Look): void {
    if (look.obstacle !== undefined) throw error;
    look.obstacle = error;
  }

  #conclude(last: Action | undefined, entry: JobEntry, look: Look): Outcome {
    if (look.obstacle !== undefined) throw look.obstacle;
    if (look.read !== undefined) this.#parts.cache.handled(entry, look.read.row?.fingerprint ?? NO_ROW);
    this.#parts.vanished.told(entry);
    if (last?.do === 'wait') return { kind: 'requeue', afterMs: last.ms };
    // What the feed found is shown by now, or was nothing to show.
    entry.changeFoundAt = undefined;
    if (entry.refusal === undefined || entry.job.status.jobId !== undefined) return { kind: 'done' };
    const age = this.#parts.clock.monotonic() - entry.refusal.at;
    if (age >= REFUSAL_RECHECK_MS) entry.refusal = undefined;
    return { kind: 'requeue', afterMs: Math.max(0, REFUSAL_RECHECK_MS - age) };
  }
}

/** Of what was read to be shown. */
function fingerprintOf(read: RowRead | undefined): string | undefined {
  return read?.row?.fingerprint ?? (read?.tombstone === undefined ? undefined : 'tombstone');
}

/** After these there is something new to decide on; any other last action ends the reconcile. */
function decidesAgain(action: Action | undefined): boolean {
  return action?.do === 'readRow' || action?.do === 'lookLive' || action?.do === 'addFinalizer';
}
