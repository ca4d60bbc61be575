/** From a row that the feed saw, and the fingerprint of the one last processed, to a hint, told once until it is processed. */
import { isFinished } from '../job/row.ts';
import type { ChangeKind } from './change-feed.ts';
import { NO_ROW, fingerprintStart, lightFingerprint } from './fingerprint.ts';
import type { LightRow } from './fingerprint.ts';

/** A hint that nobody has acted on is given again after this long (ms). */
const REPEAT_MS = 5_000;
/** One that was given this long ago (ms) is forgotten, together with the jobs that are gone. */
const FORGET_MS = 120_000;

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
  readonly #told = new Map<string, { readonly print: string; readonly at: number }>();

  constructor(onChange: (jobId: string, kind: ChangeKind) => void) {
    this.#onChange = onChange;
  }

  /**
   * @param print what was seen, as a fingerprint: another one is news at once
   * @param now monotonic ms
   */
  tell(jobId: string, kind: ChangeKind, print: string, now: number): void {
    const last = this.#told.get(jobId);
    // A scan's print is the beginning of a look-up's.
    if (last !== undefined && now - last.at < REPEAT_MS && (print.startsWith(last.print) || last.print.startsWith(print))) return;
    this.#told.set(jobId, { print, at: now });
    this.#onChange(jobId, kind);
  }

  /** The job has been seen as it was processed. */
  settle(jobId: string): void {
    this.#told.delete(jobId);
  }

  forgetOld(now: number): void {
    for (const [jobId, { at }] of this.#told) if (now - at >= FORGET_MS) this.#told.delete(jobId);
  }
}
