/** From a row that the feed saw, and the fingerprint of the one last processed, to a hint, told once until it is processed. */
import { isFinished } from '../job/row.ts';
import type { ChangeKind } from './change-feed.ts';
import { NO_ROW, fingerprintStart, lightFingerprint } from './fingerprint.ts';
import type { LightRow } from './fingerprint.ts';

/** A hint that nobody has acted on is given again after this long (ms). */
const REPEAT_MS = 5_000;
/** What is said by these is that the row has most likely ended. They go before all others (controllers/priority.ts). */
const ENDS: readonly ChangeKind[] = ['finished', 'missing', 'left'];
/** And by these that it no longer is where it was when it was last processed: among those that wait, or among those that run. */
const MOVES: readonly ChangeKind[] = ['started', ...ENDS];

export interface Difference {
  readonly kind: ChangeKind;
  /** What was seen, as a fingerprint: another one is news at once. Undefined where no more was seen than that it differs. */
  readonly print: string | undefined;
  /** Fingerprint of the row last processed, which it differs from. */
  readonly known: string | undefined;
  /** Monotonic ms. */
  readonly at: number;
}

/** How the row differs from the one last processed. */
export function changeKind(known: string | undefined, row: LightRow): ChangeKind {
  if (isFinished(row.status)) return 'finished';
  if (known === undefined || known === NO_ROW) return 'other';
  const before = fingerprintStart(known);
  const now = fingerprintStart(lightFingerprint(row));
  if (before.status !== now.status) return row.status === 'running' ? 'started' : 'other';
  return before.progress === now.progress ? 'other' : 'progress';
}

/** Remembers what has been told, so that a row which differs for as long as its reconcile waits is no stream of hints. */
export class ChangeReport {
  readonly #onChange: (jobId: string, kind: ChangeKind) => void;
  readonly #told = new Map<string, Difference>();
  #count = 0;

  constructor(onChange: (jobId: string, kind: ChangeKind) => void) {
    this.#onChange = onChange;
  }

  /** How many hints have been given. */
  get count(): number {
    return this.#count;
  }

  /** @returns whether it was told, which it is not while the same waits to be acted on */
  tell(jobId: string, difference: Difference): boolean {
    const last = this.#told.get(jobId);
    if (last !== undefined && isFresh(last, difference.known, difference.at) && saysAsMuch(last.print, difference.print)) return false;
    this.#forgetOld(difference.at);
    // At the end: they stand in the order in which they were told.
    this.#told.delete(jobId);
    this.#told.set(jobId, difference);
    this.#count += 1;
    this.#onChange(jobId, difference.kind);
    return true;
  }

  /** The job has been seen as it was processed. */
  settle(jobId: string): void {
    this.#told.delete(jobId);
  }

  /** The job may have been processed since. @param known fingerprint of the row last processed */
  processed(jobId: string, known: string | undefined): void {
    const last = this.#told.get(jobId);
    if (last !== undefined && last.known !== known) this.#told.delete(jobId);
  }

  /**
   * Whether a hint was given that is not acted on yet, and nothing more urgent could be said: whoever acts on it reads the row as it is then, or
   * as it was half a second before at most, and what it missed is news again.
   *
   * @param known fingerprint of the row last processed
   * @param now monotonic ms
   */
  waitsFor(jobId: string, known: string | undefined, now: number): boolean {
    const last = this.#told.get(jobId);
    return last !== undefined && last.kind !== 'progress' && isFresh(last, known, now);
  }

  /** Jobs whose row has most likely ended, as far as nobody has acted on it. @param now monotonic ms */
  ended(now: number): readonly string[] {
    return this.#toldOf(ENDS, now);
  }

  /** Jobs whose row is no longer where it was, which has been told and need not be told again yet. @param now monotonic ms */
  moved(now: number): readonly string[] {
    return this.#toldOf(MOVES, now);
  }

  #toldOf(kinds: readonly ChangeKind[], now: number): readonly string[] {
    this.#forgetOld(now);
    const jobIds: string[] = [];
    for (const [jobId, { kind }] of this.#told) if (kinds.includes(kind)) jobIds.push(jobId);
    return jobIds;
  }

  /** A hint that is no longer fresh has no effect. */
  #forgetOld(now: number): void {
    for (const [jobId, { at }] of this.#told) {
      if (now - at < REPEAT_MS) return;
      this.#told.delete(jobId);
    }
  }
}

/** Not acted on, as far as can be seen, and not long ago. */
function isFresh(last: Difference, known: string | undefined, now: number): boolean {
  return last.known === known && now - last.at < REPEAT_MS;
}

/** A scan's print is the beginning of a look-up's. Whoever was told that it differs, and not how, learns that by reading it. */
function saysAsMuch(told: string | undefined, seen: string | undefined): boolean {
  if (told === undefined) return true;
  return seen !== undefined && (told.startsWith(seen) || seen.startsWith(told));
}
