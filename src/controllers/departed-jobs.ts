/**
 * Jobs that went although they had the finalizer. The API server looks for finalizers when a DELETE comes in, and not again when it
 * removes the object (kubernetes/kubernetes#77988): one that is added in between holds nothing, and a webhook that thinks about
 * deletions makes a matter of seconds of it. A row that was written on the strength of such a finalizer is nobody's. So what
 * `deletionPolicy` asks for is done after the deletion.
 *
 * Only the watch can tell: the object, as it was deleted, was not being deleted. A Job that a list no longer has may have been let go by
 * another process, or be lost with the store that it was in.
 */
import type { Clock } from '../engine/clock.ts';
import type { Outcome } from '../engine/controller.ts';
import { OperatorError } from '../errors.ts';
import type { RowAction } from '../job/action.ts';
import { rowActionOfDeletion } from '../job/decide-deletion.ts';
import { isKeyed, jobIdOf, ownsRow } from '../job/identity.ts';
import type { KeySupport } from '../job/identity.ts';
import { FINALIZER } from '../job/resource.ts';
import type { JobResource } from '../job/resource.ts';
import { INSERT_DEADLINE_SECONDS } from '../job/row.ts';
import type { Logger } from '../telemetry/logger.ts';
import { jobFields } from './job-log.ts';
import type { Availability, Jobs, Rows } from './ports.ts';

export interface DepartedJobsParts {
  readonly jobs: Pick<Jobs, 'get'>;
  readonly rows: Pick<Rows, 'read'>;
  readonly keys: () => KeySupport;
  readonly availability: Availability;
  /** Does it to the row. @throws OperatorError */
  readonly perform: (action: RowAction, job: JobResource) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined: never. */
  readonly defaultTtlSeconds: number | undefined;
  /** Has the Job reconciled soon. */
  readonly enqueue: (uid: string) => void;
}

interface Departed {
  /** As it was deleted. */
  readonly job: JobResource;
  /** Monotonic milliseconds. */
  readonly notedAt: number;
  /** A live look has found it gone. */
  isGone: boolean;
}

/**
 * Later than this nobody is asked whether the Job has gone, or but left the selection and been let go by somebody else since; and a process that
 * has not led for so long leaves the Job to those who have. Milliseconds.
 */
const FRESH_MS = 60_000;
/** An INSERT may begin until its deadline after the last look at the Job, and then take as long as a statement may: 20 s. Milliseconds. */
const INSERT_MAY_COME_MS = (INSERT_DEADLINE_SECONDS + 20) * 1000;
/** Cancel, stamp and look: more is a quarrel with a worker, which backs off. */
const MAX_ROUNDS = 5;
const DONE: Outcome = { kind: 'done' };

export class DepartedJobs {
  readonly #parts: DepartedJobsParts;
  readonly #departed = new Map<string, Departed>();

  constructor(parts: DepartedJobsParts) {
    this.#parts = parts;
  }

  /** The watch says that the Job was deleted, or has left the selection. @param job as it was then */
  note(job: JobResource): void {
    const { clock, enqueue } = this.#parts;
    this.returned(job.uid);
    if (job.deleting || !job.finalizers.includes(FINALIZER)) return;
    // It may have waited for another Job of its key, whose row that is.
    if (isKeyed(job) && job.status.jobId === undefined) return;
    this.#departed.set(job.uid, { job: { ...job, payload: undefined }, notedAt: clock.monotonic(), isGone: false });
    enqueue(job.uid);
  }

  /** The Job is watched again. */
  returned(uid: string): void {
    this.#departed.delete(uid);
  }

  /** A new term begins: others may have acted since, but for what has just happened. */
  forget(): void {
    for (const [uid, departed] of this.#departed) if (!this.#isFresh(departed)) this.#departed.delete(uid);
  }

  /** @throws OperatorError; the Job is kept until its row is as it has to be */
  async reconcile(uid: string): Promise<Outcome> {
    const departed = this.#departed.get(uid);
    if (departed === undefined) return DONE;
    const outcome = (await this.#hasGone(departed)) ? await this.#settle(departed) : DONE;
    if (outcome.kind === 'done') this.#departed.delete(uid);
    return outcome;
  }

  async #hasGone(departed: Departed): Promise<boolean> {
    const { jobs, keys } = this.#parts;
    const { uid, namespace, name } = departed.job;
    if (departed.isGone) return true;
    if (!this.#isFresh(departed) || !ownsRow(departed.job, keys().clusterName)) return false;
    departed.isGone = (await jobs.get(namespace, name))?.uid !== uid;
    return departed.isGone;
  }

  async #settle({ job, notedAt }: Departed): Promise<Outcome> {
    const { rows, keys, availability, perform, clock, logger, defaultTtlSeconds } = this.#parts;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (availability.isDown()) throw new OperatorError('DATABASE_UNAVAILABLE', 'the database does not answer');
      const { row, now } = await rows.read(jobIdOf(job, keys().clusterName));
      if (row === null) {
        const leftMs = notedAt + INSERT_MAY_COME_MS - clock.monotonic();
        return leftMs > 0 ? { kind: 'requeue', afterMs: leftMs } : DONE;
      }
      const action = rowActionOfDeletion(job.spec, row, now, defaultTtlSeconds);
      if (action === undefined) return DONE;
      await perform(action, job);
      logger.warn({ ...jobFields(job), action: action.do }, 'the Job went although it had its finalizer: its row gets what its deletionPolicy asks for');
    }
    throw new OperatorError('API_CONFLICT', 'the row changes faster than it can be settled');
  }

  #isFresh({ notedAt }: Departed): boolean {
    return this.#parts.clock.monotonic() - notedAt < FRESH_MS;
  }
}
