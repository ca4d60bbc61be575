/** Who is there when a fault strikes, and what users and workers do to them meanwhile: one of everything that an outage could harm. */

import { AskedFor } from '../../../dev/soak/asked.ts';
import type { Asked } from '../../../dev/soak/asked.ts';
import type { SoakPayload } from '../../../dev/soak/soak-job.ts';
import { rowIdOf } from '../../e2e/support/jobs.ts';
import type { Job, Jobs } from '../../e2e/support/jobs.ts';
import type { Rows } from '../../e2e/support/rows.ts';

export const RESULT = '{"url": "https://copy.example.com", "pages": 12}';
export const PROGRESS = 55;

interface Part {
  readonly spec?: object;
  /** Versions that the resource may get from the strike on, those that its user makes included: what really changes about it. */
  readonly versions: number;
}

/** There before the fault; all but `waits` run by then, and `finished` has ended. */
export const CAST = {
  waits: { versions: 0 },
  runs: { versions: 0 },
  finished: { spec: { ttlSecondsAfterFinished: 86_400 }, versions: 0 },
  progresses: { versions: 1 },
  completes: { versions: 1 },
  // Completed, with the stamp or before it where that cannot be set, and then expired.
  expires: { spec: { ttlSecondsAfterFinished: 1 }, versions: 3 },
  // Asked by its user, and shown.
  cancelled: { versions: 2 },
  // Asked by its user, and gone; one more where it is told that it waits.
  deleted: { versions: 2 },
} as const satisfies Record<string, Part>;

/** Made while it lasts: created, held by the finalizer, accepted. */
export const LATE = { name: 'created', versions: 3 } as const;

export type Role = keyof typeof CAST;
const ROLES = Object.keys(CAST) as Role[];

export class Play {
  readonly asked = new AskedFor();
  readonly #jobs: Jobs;
  readonly #databaseNow: () => number;
  readonly #byName = new Map<string, { readonly job: Job; readonly asked: Asked }>();

  /** @param databaseNow what the database's clock says, milliseconds since the epoch: the diary goes by it */
  constructor(jobs: Jobs, databaseNow: () => number) {
    this.#jobs = jobs;
    this.#databaseNow = databaseNow;
  }

  /** All of them, as they are to be when the fault strikes. */
  async prepare(rows: Rows): Promise<void> {
    await Promise.all(ROLES.map((role) => this.#create(role, (CAST[role] as Part).spec)));
    await Promise.all(ROLES.map((role) => this.#jobs.untilPhase(role, 'Pending')));
    for (const role of ROLES.filter((each) => each !== 'waits')) {
      // Old enough for the sweep, in one statement, so that whoever sees it run sees its age.
      await rows.set(this.idOf(role), { status: "'running'", progress: '30', ...(role === 'expires' ? { created_at: 'created_at - INTERVAL 60 SECOND' } : {}) });
    }
    await rows.complete(this.idOf('finished'), RESULT);
    await Promise.all(ROLES.map((role) => this.#jobs.untilPhase(role, role === 'waits' ? 'Pending' : role === 'finished' ? 'Completed' : 'Running')));
  }

  async usersAct(): Promise<void> {
    await this.#create(LATE.name);
    this.#askedFor('cancelled').cancelledAt = this.#databaseNow();
    await this.#jobs.patch('cancelled', { spec: { cancel: true } });
    this.#askedFor('deleted').deletedAt = this.#databaseNow();
    await this.#jobs.delete('deleted');
  }

  async workersAct(rows: Rows): Promise<void> {
    await rows.progress(this.idOf('progresses'), PROGRESS);
    await rows.complete(this.idOf('completes'), RESULT);
    await rows.complete(this.idOf('expires'), RESULT);
  }

  /** Of the row. */
  idOf(name: Role | typeof LATE.name): string {
    return rowIdOf(this.#made(name).job);
  }

  async #create(name: string, spec: object = {}): Promise<void> {
    const token = name;
    const asked = this.asked.add({ name, token, key: undefined, deletionPolicy: 'Cancel', ttlPolicy: 'Row', uid: undefined, cancelledAt: undefined, deletedAt: undefined });
    const requestPayload: SoakPayload = { token, variant: 0 };
    const job = await this.#jobs.create(name, { ...spec, requestPayload });
    asked.uid = job.metadata.uid;
    this.#byName.set(name, { job, asked });
  }

  #askedFor(name: Role): Asked {
    return this.#made(name).asked;
  }

  #made(name: string): { readonly job: Job; readonly asked: Asked } {
    const made = this.#byName.get(name);
    if (made === undefined) throw new Error(`nobody has made the Job ${name} yet`);
    return made;
  }
}
