/** Whole rows that the change feed read when it found them changed: whoever acts on the hint a moment later need not read them again. */
import type { Clock } from '../engine/clock.ts';
import type { JobRow, RowRead } from '../job/row.ts';
import type { Watched } from './change-feed.ts';
import type { DatabaseClock } from './database-clock.ts';

/** Nobody acts on a row that was read longer ago (ms): under load it is read again when its turn comes. */
const MOST_AGE_MS = 500;
/** So many are kept, and none with a result or error of more characters than this. */
const MOST_ROWS = 500;
const MOST_CHARACTERS = 8_192;

/** A read of the past. */
export interface FreshRead {
  readonly read: RowRead;
  /** Before it was sent, and after it was answered; monotonic ms. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** What is known when a statement is sent. */
export interface Question {
  readonly sentAt: number;
  /** `Watched.moment` */
  readonly moment: number;
}

/** A statement's answer, of which rows can be kept. */
export interface Answer extends Question {
  readonly answeredAt: number;
  /** The database's clock, Unix seconds with fraction. */
  readonly now: number;
}

interface Kept extends Answer {
  readonly row: JobRow;
}

export interface FreshRowsParts {
  readonly watched: Pick<Watched, 'moment'>;
  readonly databaseClock: Pick<DatabaseClock, 'note'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export class FreshRows {
  readonly #parts: FreshRowsParts;
  /** In the order in which they were read. */
  readonly #rows = new Map<string, Kept>();

  constructor(parts: FreshRowsParts) {
    this.#parts = parts;
  }

  /** Call it before the statement is sent. */
  ask(): Question {
    const { watched, clock } = this.#parts;
    return { sentAt: clock.monotonic(), moment: watched.moment() };
  }

  /** Call it when the statement is answered. @param now the database's clock when it began, Unix seconds */
  answer(question: Question, now: number): Answer {
    const { databaseClock, clock } = this.#parts;
    const answeredAt = clock.monotonic();
    databaseClock.note(now, answeredAt);
    return { ...question, answeredAt, now };
  }

  /** The row differs from what was last processed, and that is told. */
  keep(row: JobRow, answer: Answer): void {
    this.#rows.delete(row.jobId);
    if ((row.result?.length ?? 0) + (row.error?.length ?? 0) > MOST_CHARACTERS) return;
    for (const [jobId, { answeredAt }] of this.#rows) {
      if (answer.answeredAt - answeredAt < MOST_AGE_MS && this.#rows.size < MOST_ROWS) break;
      this.#rows.delete(jobId);
    }
    this.#rows.set(row.jobId, { row, ...answer });
  }

  /**
   * The row, once, if it was asked for when this version of its Job was known already: a status rests on a row that is no older than the status
   * before it.
   *
   * @param knownAt moment (`Watched.moment`) at which the version became known
   */
  take(jobId: string, knownAt: number): FreshRead | undefined {
    const kept = this.#rows.get(jobId);
    if (kept === undefined) return undefined;
    this.#rows.delete(jobId);
    const { row, now, sentAt, answeredAt, moment } = kept;
    if (moment < knownAt || this.#parts.clock.monotonic() - sentAt > MOST_AGE_MS) return undefined;
    return { read: { row, now }, sentAt, answeredAt };
  }
}
