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
/** A statement that took longer (ms) says nothing of the time: its clock was read at its beginning. */
const QUICK_MS = 1_000;

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

/** The newest sight of a row: the row, or that it has changed since. */
type Sight = { readonly seenAt: number } & ({ readonly row: JobRow; readonly answer: Answer } | { readonly row: undefined });

export interface FreshRowsParts {
  readonly watched: Pick<Watched, 'moment'>;
  readonly databaseClock: Pick<DatabaseClock, 'note'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

export class FreshRows {
  readonly #parts: FreshRowsParts;
  /** In the order in which they came. */
  readonly #sights = new Map<string, Sight>();

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
    if (answeredAt - question.sentAt <= QUICK_MS) databaseClock.note(now, answeredAt);
    return { ...question, answeredAt, now };
  }

  /** The row differs from what was last processed. Nothing is kept of one that was seen by a later statement already. */
  keep(row: JobRow, answer: Answer): void {
    const seenAt = answer.sentAt;
    const isSmall = (row.result?.length ?? 0) + (row.error?.length ?? 0) <= MOST_CHARACTERS;
    this.#see(row.jobId, isSmall ? { seenAt, row, answer } : { seenAt, row: undefined });
  }

  /** It has changed in a way of which no whole row is known. */
  drop(jobId: string): void {
    this.#see(jobId, { seenAt: this.#parts.clock.monotonic(), row: undefined });
  }

  /**
   * The row, once, if it was asked for when this version of its Job was known already: a status rests on a row that is no older than the status
   * before it.
   *
   * @param knownAt moment (`Watched.moment`) at which the version became known
   */
  take(jobId: string, knownAt: number): FreshRead | undefined {
    const sight = this.#sights.get(jobId);
    this.#sights.delete(jobId);
    if (sight?.row === undefined || sight.answer.moment < knownAt || this.#isOld(sight)) return undefined;
    const { sentAt, answeredAt, now } = sight.answer;
    return { read: { row: sight.row, now }, sentAt, answeredAt };
  }

  /** Of rows that nobody has come for. */
  forgetOld(): void {
    for (const [jobId, sight] of this.#sights) {
      if (!this.#isOld(sight) && this.#sights.size <= MOST_ROWS) return;
      this.#sights.delete(jobId);
    }
  }

  #see(jobId: string, sight: Sight): void {
    const before = this.#sights.get(jobId);
    if (before !== undefined && before.seenAt > sight.seenAt) return;
    this.#sights.delete(jobId);
    this.#sights.set(jobId, sight);
    this.forgetOld();
  }

  #isOld({ seenAt }: Sight): boolean {
    return this.#parts.clock.monotonic() - seenAt > MOST_AGE_MS;
  }
}
