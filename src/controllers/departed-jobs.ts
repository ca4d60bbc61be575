/**
 * Jobs that went at once although they had just got their finalizer. The API server looks for finalizers when a DELETE comes in, and not
 * again when it removes the object (kubernetes/kubernetes#77988): one that is added in between holds nothing, and a webhook that thinks
 * about deletions makes a matter of seconds of it. The row was written on the strength of that finalizer, and nobody would look at it
 * again. So what `deletionPolicy` asks for is done after the deletion, by the process that wrote the row.
 */
import type { Clock } from '../engine/clock.ts';
import type { Outcome } from '../engine/controller.ts';
import { OperatorError } from '../errors.ts';
import { rowActionOfDeletion } from '../job/decide-deletion.ts';
import { isKeyed, jobIdOf, ownsRow } from '../job/identity.ts';
import type { KeySupport } from '../job/identity.ts';
import { FINALIZER } from '../job/resource.ts';
import { INSERT_DEADLINE_SECONDS } from '../job/row.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { JobEntry } from './job-entry.ts';
import { jobFields } from './job-log.ts';
import type { Performer } from './performer.ts';
import type { Availability, Jobs, Rows } from './ports.ts';

export interface DepartedJobsParts {
  readonly jobs: Pick<Jobs, 'get' | 'withKey'>;
  readonly rows: Pick<Rows, 'read'>;
  readonly keys: () => KeySupport;
  readonly availability: Availability;
  readonly performer: Pick<Performer, 'perform'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined: never. */
  readonly defaultTtlSeconds: number | undefined;
  /** Has the Job reconciled soon. */
  readonly enqueue: (uid: string) => void;
}

/**
 * Since the INSERT, milliseconds: the minute that a DELETE may be under way (kube-apiserver's --request-timeout), and one for the watch to tell
 * of it. Who is gone later was deleted some other way: a store that was put back by a day says nothing about the rows of that day.
 */
const WITHIN_MS = 120_000;
/** An INSERT whose answer was lost may come until its deadline; milliseconds, with as much again as a statement takes. */
const INSERT_MAY_COME_MS = (INSERT_DEADLINE_SECONDS + 2) * 1000;
/** Cancel, stamp and look: more is a quarrel with a worker, which backs off. */
const MAX_ROUNDS = 5;
const DONE: Outcome = { kind: 'done' };

export class DepartedJobs {
  readonly #parts: DepartedJobsParts;
  readonly #entries = new Map<string, JobEntry>();

  constructor(parts: DepartedJobsParts) {
    this.#parts = parts;
  }

  /** The Job has left the cache: deleted, or out of the selection. */
  note(entry: JobEntry): void {
    const { clock, enqueue } = this.#parts;
    const { uid, deleting, finalizers } = entry.job;
    // What is being deleted was looked at; who took the finalizer off by hand wants nothing of us.
    if (deleting || !finalizers.includes(FINALIZER) || clock.monotonic() - entry.insertedAt > WITHIN_MS) return;
    this.#entries.set(uid, entry);
    enqueue(uid);
  }

  /** @throws OperatorError; the Job is kept until its row is as it has to be */
  async reconcile(uid: string): Promise<Outcome> {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return DONE;
    const outcome = (await this.#leavesRow(entry)) ? await this.#settle(entry) : DONE;
    if (outcome.kind === 'done') this.#entries.delete(uid);
    return outcome;
  }

  /** Not where the Job is alive and has but left the selection, or where another one of its key has the row by now. */
  async #leavesRow({ job }: JobEntry): Promise<boolean> {
    const { jobs, keys } = this.#parts;
    const { uid, namespace, name, spec } = job;
    if (!ownsRow(job, keys().clusterName)) return false;
    if ((await jobs.get(namespace, name))?.uid === uid) return false;
    if (!isKeyed(job) || spec.idempotencyKey === undefined) return true;
    return (await jobs.withKey(namespace, spec.idempotencyKey)).length === 0;
  }

  async #settle(entry: JobEntry): Promise<Outcome> {
    const { rows, keys, availability, performer, clock, logger, defaultTtlSeconds } = this.#parts;
    const { job } = entry;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (availability.isDown()) throw new OperatorError('DATABASE_UNAVAILABLE', 'the database does not answer');
      const { row, now } = await rows.read(jobIdOf(job, keys().clusterName));
      if (row === null) {
        const leftMs = entry.insertedAt + INSERT_MAY_COME_MS - clock.monotonic();
        return leftMs > 0 ? { kind: 'requeue', afterMs: leftMs } : DONE;
      }
      const action = rowActionOfDeletion(job.spec, row, now, defaultTtlSeconds);
      if (action === undefined) return DONE;
      await performer.perform(action, job, entry);
      logger.warn({ ...jobFields(job), action: action.do }, 'the Job was deleted while it was accepted, before its finalizer counted: done after it');
    }
    throw new OperatorError('API_CONFLICT', 'the row changes faster than it can be settled');
  }
}
