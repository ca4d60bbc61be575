/** One Job, its row, and the controller between them, with an API server and a database that fail when told to. */

import { DepartedJobs } from '../../../src/controllers/departed-jobs.ts';
import { JobCache } from '../../../src/controllers/job-cache.ts';
import { JobController } from '../../../src/controllers/job-controller.ts';
import { Performer } from '../../../src/controllers/performer.ts';
import type { Jobs, Rows } from '../../../src/controllers/ports.ts';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import { FreshRows } from '../../../src/database/fresh-rows.ts';
import { VanishedRows } from '../../../src/controllers/vanished-rows.ts';
import { OperatorError } from '../../../src/errors.ts';
import { digest } from '../../../src/json/canonical.ts';
import type { JobResource } from '../../../src/job/resource.ts';
import type { JobRow, NewRow } from '../../../src/job/row.ts';
import type { StatusDraft } from '../../../src/job/status.ts';
import { removableAt } from '../../../src/job/ttl.ts';
import type { Logger } from '../../../src/telemetry/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { KEYS, NOW, UID, aJob, aRow } from '../job/builders.ts';

const silent: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
  child: () => silent,
};

export class World {
  readonly clock = new FakeClock({ wall: NOW * 1000 });
  readonly cache = new JobCache({ changed: () => undefined, removed: () => undefined });
  readonly log: string[] = [];
  readonly inserts: NewRow[] = [];
  readonly statuses: StatusDraft[] = [];
  /** What the API server holds. */
  live: JobResource | null;
  row: JobRow | null;
  readonly #fresh = new FreshRows({ watched: this.cache, databaseClock: createDatabaseClock(), clock: this.clock });
  /** Other live Jobs of the same key. */
  rivals: readonly JobResource[] = [];
  down = false;
  leading = true;
  /** Called before a step of that name; may throw, or change the world in between. */
  before: Record<string, () => void | Promise<void>> = {};
  /** Jobs that were to be reconciled because they had gone. */
  readonly enqueued: string[] = [];
  readonly departed: DepartedJobs;
  readonly controller: JobController;

  constructor(job: JobResource, row: JobRow | null) {
    this.live = job;
    this.row = row;
    this.cache.upsert(job, true);
    const availability = { isDown: () => this.down };
    const performer = new Performer({
      cache: this.cache,
      jobs: this.#jobs(),
      rows: this.#rows(),
      keys: () => KEYS,
      isLeading: () => this.leading,
      databaseTime: { at: (monotonic) => NOW + (monotonic - this.clock.monotonic()) / 1000 },
      availability,
      events: { tell: (_job, { reason }) => void this.log.push(`event ${reason}`) },
      observer: { statusWritten: () => undefined, rowShown: () => undefined },
      clock: this.clock,
    });
    this.departed = new DepartedJobs({
      jobs: this.#jobs(),
      rows: this.#rows(),
      keys: () => KEYS,
      availability,
      perform: (action, departed) => performer.performOnRow(action, departed),
      clock: this.clock,
      logger: silent,
      defaultTtlSeconds: undefined,
      enqueue: (uid) => void this.enqueued.push(uid),
    });
    this.controller = new JobController({
      cache: this.cache,
      rows: this.#rows(),
      freshRow: (jobId, knownAt) => this.#fresh.take(jobId, knownAt),
      availability,
      performer,
      keys: () => KEYS,
      vanished: new VanishedRows(this.cache, () => undefined),
      departed: this.departed,
      clock: this.clock,
      logger: silent,
      settings: { defaultTtlSeconds: undefined, progressIntervalMs: 1000 },
    });
  }

  /** The feed has read the row whole, and found it changed. @param meanwhile happens before the answer */
  feedReads(row: JobRow, meanwhile: () => void = () => undefined): void {
    const question = this.#fresh.ask();
    meanwhile();
    this.#fresh.keep(row, this.#fresh.answer(question, NOW));
  }

  reconcile() {
    return this.controller.reconcile(UID, { reconcileId: 'r' });
  }

  async #step(name: string): Promise<void> {
    this.log.push(name);
    await this.before[name]?.();
  }

  #write(job: JobResource, change: Partial<JobResource>): JobResource {
    if (this.live === null) throw new OperatorError('API_NOT_FOUND', 'gone');
    if (job.resourceVersion !== this.live.resourceVersion) throw new OperatorError('API_CONFLICT', 'stale');
    this.live = { ...this.live, ...change, resourceVersion: String(Number(this.live.resourceVersion) + 1) };
    return this.live;
  }

  #jobs(): Jobs {
    return {
      get: async () => {
        await this.#step('get');
        return this.live;
      },
      withKey: async () => {
        await this.#step('withKey');
        return [...(this.live === null ? [] : [this.live]), ...this.rivals];
      },
      writeStatus: async (job, draft) => {
        await this.#step('status');
        const { scope: _scope, result: _result, ...status } = draft;
        const written = this.#write(job, { status });
        this.statuses.push(draft);
        return written;
      },
      replaceFinalizers: async (job, finalizers) => {
        await this.#step('finalizers');
        return this.#write(job, { finalizers });
      },
      remove: async () => {
        await this.#step('delete');
      },
    };
  }

  #rows(): Rows {
    const change = (name: string, apply: (row: JobRow) => JobRow | null) => async () => {
      await this.#step(name);
      if (this.row !== null) this.row = apply(this.row);
    };
    const read = async () => {
      const { row } = this;
      await this.#step('read');
      return { row, now: NOW };
    };
    return {
      read,
      readKeyed: async () => ({ ...(await read()), payloadDigest: digest(aJob().payload ?? '') }),
      insert: async (row) => {
        await this.#step('insert');
        this.inserts.push(row);
        this.row ??= aRow({ jobId: row.jobId, status: row.status, createdAt: NOW, updatedAt: NOW });
      },
      cancel: change('cancel', (row) => ({ ...row, status: 'cancelled', completedAt: NOW, updatedAt: NOW })),
      stampTtl: async (_jobId, { kind }) => {
        await change('stamp', (row) => ({ ...row, ttlExpiresAt: kind === 'removable' ? removableAt(row) : NOW + 60 }))();
      },
      remove: change('remove', () => null),
    };
  }
}

export const fails = (code: ConstructorParameters<typeof OperatorError>[0]) => (): never => {
  throw new OperatorError(code, 'told to fail');
};
