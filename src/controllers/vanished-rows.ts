/**
 * Rows that are gone without our doing. A few are news for their Jobs; very many at once say that the
 * database is the wrong one (a restored snapshot, another schema), and then nothing is written at all.
 */
import { isDeletedWithRow } from '../job/decide-deletion.ts';
import { isShownAsGone } from '../job/status.ts';
import { hasExpired } from '../job/ttl.ts';
import type { JobCache } from './job-cache.ts';
import type { JobEntry } from './job-entry.ts';

/** More than this many, and more than this share of all accepted Jobs (contract section 4, "row vanishes otherwise"). */
const MASS_LOSS_ROWS = 10;
const MASS_LOSS_SHARE = 0.05;

export class VanishedRows {
  readonly #cache: Pick<JobCache, 'count'>;
  readonly #absent = new Set<JobEntry>();
  /** Those of them that no status tells of yet: only these can be many "at once". */
  readonly #untold = new Set<JobEntry>();
  readonly #onMassLoss: (missing: number, accepted: number) => void;
  #massLoss = false;

  /** @param onMassLoss told once when a mass loss begins */
  constructor(cache: Pick<JobCache, 'count'>, onMassLoss: (missing: number, accepted: number) => void) {
    this.#cache = cache;
    this.#onMassLoss = onMassLoss;
  }

  /** Rows missing now. */
  get count(): number {
    return this.#absent.size;
  }

  /**
   * A read found no row although the status names one. It does not count where it was to be expected, perhaps of a process that
   * ended before it could say so: a row that finished and expired was swept, and one whose Job is deleted with its row was removed.
   *
   * @param databaseNow the database's clock at the read, Unix seconds
   */
  missing(entry: JobEntry, monotonicMs: number, databaseNow: number): void {
    entry.absentSince ??= monotonicMs;
    if (entry.removedByUs || hasExpired(entry.job, databaseNow) || isDeletedWithRow(entry.job)) return;
    this.#absent.add(entry);
    if (!isShownAsGone(entry.job)) this.#untold.add(entry);
  }

  /** The Job's status tells of it by now. */
  told(entry: JobEntry): void {
    if (isShownAsGone(entry.job)) this.#untold.delete(entry);
  }

  /** The row is there, or is gone for a known reason, or its Job is. */
  explained(entry: JobEntry): void {
    entry.absentSince = undefined;
    this.#absent.delete(entry);
    this.#untold.delete(entry);
  }

  isMassLoss(): boolean {
    const missing = this.#untold.size;
    const massLoss = missing > MASS_LOSS_ROWS && missing > this.#cache.count() * MASS_LOSS_SHARE;
    if (massLoss && !this.#massLoss) this.#onMassLoss(missing, this.#cache.count());
    this.#massLoss = massLoss;
    return massLoss;
  }
}
