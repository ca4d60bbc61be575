/** What the feed saw of a row against what was last processed of it: the one place where a difference becomes a hint. */
import type { Watched } from './change-feed.ts';
import { changeKind } from './change-report.ts';
import type { ChangeReport, Difference } from './change-report.ts';
import { NO_ROW, isFinishedFingerprint, lightFingerprint, sameHead } from './fingerprint.ts';
import type { LightRow } from './fingerprint.ts';
import type { Answer, FreshRows } from './fresh-rows.ts';
import type { SeenRow } from './statements/scan-rows.ts';
import type { JobRow } from '../job/row.ts';

/** In place of the fingerprint of a row whose status is none of the known ones. */
const UNREADABLE = 'unreadable';

/** A row, with all that a reconcile reads, and the statement that read it. */
export interface WholeRow {
  readonly row: JobRow;
  readonly answer: Answer;
}

/** All times are monotonic milliseconds. */
export class Comparison {
  readonly #watched: Pick<Watched, 'fingerprintOf'>;
  readonly #report: ChangeReport;
  readonly #fresh: Pick<FreshRows, 'keep' | 'drop'>;

  constructor(watched: Pick<Watched, 'fingerprintOf' | 'onProcessed'>, report: ChangeReport, fresh: Pick<FreshRows, 'keep' | 'drop'>) {
    this.#watched = watched;
    this.#report = report;
    this.#fresh = fresh;
    watched.onProcessed((jobId, known) => report.processed(jobId, known));
  }

  /**
   * A row as a scan shows it.
   *
   * @param whole the row and its answer, where it was read as a whole
   * @returns whether it differs; somebody else's does not, nor does one that waits to be processed anyway
   */
  head(row: LightRow, now: number, whole?: WholeRow): boolean {
    const known = this.#watched.fingerprintOf(row.jobId);
    if (known === undefined) return false;
    const isSame = sameHead(known, row);
    if (isSame) this.#report.settle(row.jobId);
    else this.#tell(row.jobId, { kind: changeKind(known, row), print: lightFingerprint(row), known, at: now }, whole);
    return !isSame;
  }

  /** A row as a look-up by key shows it; undefined for one that no Job can show. @returns whether something was told */
  row(jobId: string, row: SeenRow | undefined, now: number, whole?: WholeRow): boolean {
    const known = this.#watched.fingerprintOf(jobId);
    if (row === undefined) return this.#tell(jobId, { kind: 'other', print: UNREADABLE, known, at: now });
    if (row.fingerprint !== known) return this.#tell(jobId, { kind: changeKind(known, row), print: row.fingerprint, known, at: now }, whole);
    this.#report.settle(jobId);
    return false;
  }

  /** A row that a look-up by key did not find. @returns whether something was told */
  missing(jobId: string, now: number): boolean {
    const known = this.#watched.fingerprintOf(jobId);
    // Not processed yet: its INSERT may be under way.
    if (known === undefined) return false;
    if (known !== NO_ROW) return this.#tell(jobId, { kind: 'missing', print: NO_ROW, known, at: now });
    this.#report.settle(jobId);
    return false;
  }

  /** A row of which no more was seen than where it is or is not. Whoever acts on the hint reads it anyway. @returns whether it was told, which it is not while a hint waits */
  place(jobId: string, kind: 'left' | 'other', now: number): boolean {
    // Also where nothing is told: what was kept for that hint is no longer true.
    this.#fresh.drop(jobId);
    if (!this.isNews(jobId, now)) return false;
    this.#report.tell(jobId, { kind, print: undefined, known: this.#watched.fingerprintOf(jobId), at: now });
    return true;
  }

  /** Jobs that are watched as waiting or running, and are known not to be: that was told, and nobody has acted on it yet. */
  moved(now: number): readonly string[] {
    return this.#report.moved(now);
  }

  /** Whether the job was processed when its row had not finished, so that it has to be among the unfinished rows. */
  isUnfinished(jobId: string): boolean {
    const known = this.#watched.fingerprintOf(jobId);
    return known !== undefined && known !== NO_ROW && !isFinishedFingerprint(known);
  }

  /** Whether a closer look could find out something that has not been told yet. */
  isNews(jobId: string, now: number): boolean {
    return !this.#report.waitsFor(jobId, this.#watched.fingerprintOf(jobId), now);
  }

  #tell(jobId: string, difference: Difference, whole?: WholeRow): boolean {
    if (whole === undefined) this.#fresh.drop(jobId);
    else this.#fresh.keep(whole.row, whole.answer);
    return this.#report.tell(jobId, difference);
  }
}
