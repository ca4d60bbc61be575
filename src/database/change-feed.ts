/**
 * How the operator learns that a row has changed: a source of hints.
 *
 * A feed says which job to look at, never what to write: whoever is told reads the row again, or takes it from the feed as it has
 * just read it (fresh-rows.ts). A hint may come twice, late, or for nothing; a change may be found by a slow pass only, but none is lost while the feed runs.
 */
import type { OperatorError } from '../errors.ts';
import type { IdShards } from './id-shards.ts';

/**
 * Why to look, which is what the work queue makes a priority of:
 * - `finished`: it has finished, or is in a finished state that differs from what was processed;
 * - `started`: it runs now;
 * - `progress`: nothing but its progress moved;
 * - `missing`: its row is not there;
 * - `left`: it is no longer among the rows that run or wait, so it has most likely finished;
 * - `other`: anything else.
 */
export type ChangeKind = 'finished' | 'started' | 'progress' | 'missing' | 'left' | 'other';

/** The jobs that the feed watches, by job id: those whose row is known or expected to exist. */
export interface Watched {
  /** Jobs whose row ran when it was last processed; their prints are of what it was like then (`runningText`). */
  running(): Pick<IdShards, 'size' | 'digest' | 'digestsOf' | 'in' | 'others' | typeof Symbol.iterator>;
  /** Jobs that show a row which has not finished and does not run; their prints are of their ids. It is what their resources show, so it may be behind. */
  waiting(): Pick<IdShards, 'size' | 'digest' | 'digestsOf' | 'in' | 'others' | typeof Symbol.iterator>;
  /** All of them, finished ones included; one that comes during the iteration is part of it. A job stays in here as long as its resource shows a row. */
  all(): Iterable<string>;
  /** How many these are. */
  count(): number;
  /** Grows with each version of a Job that becomes known: what was asked for at the same moment or a later one was asked for after that. */
  moment(): number;
  /** `JobRow.fingerprint` of the row as last processed, `NO_ROW` for one that was not there, undefined for a job not processed yet or not watched. */
  fingerprintOf(jobId: string): string | undefined;
  /** From now on `listener`, and no other, is called when what `fingerprintOf` says of a job may have changed, with what it says now. */
  onProcessed(listener: (jobId: string, known: string | undefined) => void): void;
}

export interface FeedObserver {
  /** A look has succeeded; a change that it found was at most `lagSeconds` old. */
  looked(lagSeconds: number): void;
  /** A look has failed; the next one follows after `retryMs`. */
  failed(error: OperatorError, retryMs: number): void;
}

export interface ChangeFeed {
  /** Runs until aborted, then returns; outlives every failure of the database. Rejects on a bug only. */
  run(signal: AbortSignal): Promise<void>;
}
