/**
 * Removes expired rows: only finished ones, and of a Job of ours only when the resource already shows
 * their final state (contract section 4, "TTL passes"; invariant 3).
 *
 * What belongs to no resource is judged against a live list, not against the cache: a watch that lags must
 * not make an orphan of a row. Rows younger than that list are left for the next run, and a list that is older than
 * what was seen before is not believed.
 */
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import { ownsRow } from '../job/identity.ts';
import { isFinished } from '../job/row.ts';
import type { JobRow } from '../job/row.ts';
import { difference, statusOfRow } from '../job/status.ts';
import { missingStamp } from '../job/ttl.ts';
import type { JobCache } from './job-cache.ts';
import type { JobEntry } from './job-entry.ts';
import { isOlder } from './job-version.ts';
import type { DatabaseTime } from './ports.ts';
import { SweepPace } from './sweep-pace.ts';

export interface ExpiredRow {
  readonly jobId: string;
  readonly finished: boolean;
  /** Unix seconds; null when somebody cleared it. */
  readonly createdAt: number | null;
  readonly ttlExpiresAt: number;
}

/** Where the next page begins: the place of the last row in the TTL index. */
export type ExpiredKey = Pick<ExpiredRow, 'ttlExpiresAt' | 'jobId'>;

export interface ExpiredPage {
  readonly rows: readonly ExpiredRow[];
  /** Undefined after the last page. */
  readonly next: ExpiredKey | undefined;
  /** The database's clock; undefined when there is no row. */
  readonly now: number | undefined;
}

/** The sweep's statements. Each repeats its whole predicate, so that a row that changed meanwhile stays. */
export interface ExpiredRows {
  /** Rows whose time has passed, in the order of the TTL index. */
  page(after: ExpiredKey | undefined, limit: number): Promise<ExpiredPage>;
  /** @returns how many went */
  removeForeign(jobIds: readonly string[], graceSeconds: number): Promise<number>;
  /** One transaction: lock, let `isShown` judge each full row, delete, commit. @returns the ids that went */
  removeShown(jobIds: readonly string[], isShown: (row: JobRow) => boolean): Promise<readonly string[]>;
}

/** What a live, metadata-only list of the watched Jobs says of one of them. */
export interface LiveJob {
  readonly generation: number;
  readonly deleting: boolean;
}

/** One list of them, and how old it is. */
export interface LiveJobs {
  readonly resourceVersion: string;
  /** By uid. */
  readonly jobs: ReadonlyMap<string, LiveJob>;
}

export interface SweepReport {
  readonly deleted: number;
  /** Expired rows that were left, by reason. */
  readonly unfinished: number;
  readonly notShown: number;
  readonly foreignGrace: number;
  readonly dryRun: boolean;
}

export interface TtlSweeperSettings {
  readonly batch: number;
  readonly dryRun: boolean;
  readonly foreignGraceSeconds: number;
  readonly defaultTtlSeconds: number | undefined;
  /** Part of keyed identities. */
  readonly clusterName: string | undefined;
}

export interface TtlSweeperParts {
  readonly cache: JobCache;
  readonly rows: ExpiredRows;
  /** Live lists which together hold all watched Jobs. */
  readonly listLive: () => Promise<readonly LiveJobs[]>;
  readonly databaseTime: DatabaseTime;
  readonly clock: Clock;
  /** Look at this Job soon: its row was swept, or it does not show its row yet. */
  readonly enqueue: (uid: string) => void;
  readonly settings: TtlSweeperSettings;
}

interface LiveList {
  readonly jobs: ReadonlyMap<string, LiveJob>;
  /** When the list was begun: monotonic milliseconds, and by the database's clock. */
  readonly asked: number;
  readonly begunAt: number;
}

const NO_LIST: LiveList = { jobs: new Map(), asked: -Infinity, begunAt: -Infinity };

/** A run over a million rows takes a minute: what was live in its beginning is asked for again (ms). */
const LIVE_MS = 30_000;

/** Own rows are judged in full under lock, results and all: few at a time, whatever the batch. */
const OWN_ROWS = 50;

type Verdict = 'own' | 'foreign' | 'unfinished' | 'notShown' | 'foreignGrace';

export class TtlSweeper {
  readonly #parts: TtlSweeperParts;

  constructor(parts: TtlSweeperParts) {
    this.#parts = parts;
  }

  /**
   * One run over all expired rows.
   *
   * @param onProgress told how many rows have gone, as they go
   * @param signal ends it between two batches
   * @throws OperatorError
   */
  async sweep(signal: AbortSignal, onProgress: (removed: number) => void = () => undefined): Promise<SweepReport> {
    const { clock, settings } = this.#parts;
    const report = { deleted: 0, unfinished: 0, notShown: 0, foreignGrace: 0, dryRun: settings.dryRun };
    const pace = new SweepPace(settings.batch);
    let live = NO_LIST;
    let ahead = this.#lookAhead(undefined, pace);
    while (!signal.aborted) {
      const page = await ahead;
      if (page.now === undefined) break;
      // While these are removed, the next ones are looked for.
      if (page.next !== undefined) ahead = this.#lookAhead(page.next, pace);
      // Live work that is past its time needs no judging, and no list.
      if (page.rows.some(({ finished }) => finished)) live = await this.#listLive(live);
      const verdicts = this.#judge(page.rows, page.now, live);
      report.unfinished += verdicts.unfinished.length;
      report.notShown += verdicts.notShown.length;
      report.foreignGrace += verdicts.foreignGrace.length;
      for (const jobId of verdicts.notShown) this.#lookAgain(jobId);
      const startedAt = clock.monotonic();
      const kept = await this.#remove(verdicts.own, verdicts.foreign);
      const restMs = pace.removed(clock.monotonic() - startedAt);
      const removed = verdicts.own.length + verdicts.foreign.length - kept;
      report.deleted += removed;
      report.notShown += kept;
      if (!settings.dryRun) onProgress(removed);
      if (page.next === undefined) break;
      if (restMs > 0) await clock.sleep(restMs, signal);
    }
    return report;
  }

  #lookAhead(after: ExpiredKey | undefined, pace: SweepPace): Promise<ExpiredPage> {
    const page = this.#parts.rows.page(after, pace.size);
    // It may fail while nobody waits for it yet; whoever does learns of it.
    page.catch(() => undefined);
    return page;
  }

  /** @param last the list of before, which stands for a while */
  async #listLive(last: LiveList): Promise<LiveList> {
    const { cache, clock, databaseTime, listLive } = this.#parts;
    const asked = clock.monotonic();
    if (asked - last.asked < LIVE_MS) return last;
    const begunAt = databaseTime.at(asked) ?? -Infinity;
    const seenBefore = cache.newestVersion;
    const lists = await listLive();
    const stale = lists.find(({ resourceVersion }) => seenBefore !== undefined && isOlder(resourceVersion, seenBefore));
    if (stale !== undefined) {
      throw new OperatorError(
        'API_UNAVAILABLE',
        `the API server lists the Jobs as of version ${stale.resourceVersion}, and ${seenBefore} was seen before: nothing is removed on the word of a server that lags behind. If it was restored from a backup, restart the operator`,
      );
    }
    return { jobs: new Map(lists.flatMap(({ jobs }) => [...jobs])), asked, begunAt };
  }

  #judge(rows: readonly ExpiredRow[], now: number, live: LiveList): Record<Verdict, string[]> {
    const verdicts: Record<Verdict, string[]> = { own: [], foreign: [], unfinished: [], notShown: [], foreignGrace: [] };
    for (const row of rows) verdicts[this.#verdict(row, now, live)].push(row.jobId);
    return verdicts;
  }

  #verdict(row: ExpiredRow, now: number, live: LiveList): Verdict {
    if (!row.finished) return 'unfinished';
    const entries = [...this.#parts.cache.ofRow(row.jobId)];
    if (entries.length > 0) {
      const current = entries.every(({ job }) => {
        const seen = live.jobs.get(job.uid);
        return seen !== undefined && !seen.deleting && seen.generation === job.generation;
      });
      return current ? 'own' : 'notShown';
    }
    // Not in the cache, but alive, or too young for the list to have it: another look next time.
    // (A row without a creation time is none that the operator wrote.)
    if (live.jobs.has(row.jobId) || (row.createdAt ?? -Infinity) >= Math.floor(live.begunAt)) return 'notShown';
    return row.ttlExpiresAt + this.#parts.settings.foreignGraceSeconds < now ? 'foreign' : 'foreignGrace';
  }

  /** @returns how many stayed after all */
  async #remove(own: readonly string[], foreign: readonly string[]): Promise<number> {
    const { rows, cache, settings } = this.#parts;
    if (settings.dryRun) return 0;
    let kept = 0;
    if (foreign.length > 0) kept += foreign.length - (await rows.removeForeign(foreign, settings.foreignGraceSeconds));
    for (let start = 0; start < own.length; start += OWN_ROWS) {
      const part = own.slice(start, start + OWN_ROWS);
      const removed = new Set(await rows.removeShown(part, (row) => this.#isShown(row)));
      for (const jobId of part) {
        if (removed.has(jobId)) for (const entry of cache.ofRow(jobId)) entry.removedByUs = true;
        else kept += 1;
        this.#lookAgain(jobId);
      }
    }
    return kept;
  }

  /** Every resource of this row shows it as it is, and it bears the stamp it should. */
  #isShown(row: JobRow): boolean {
    const entries = [...this.#parts.cache.ofRow(row.jobId)];
    return entries.length > 0 && entries.every((entry) => this.#showsFinally(entry, row));
  }

  #showsFinally(entry: JobEntry, row: JobRow): boolean {
    const { job, tooLargeFingerprint } = entry;
    const { clock, settings } = this.#parts;
    if (!isFinished(row.status)) return false;
    if (ownsRow(job, settings.clusterName) && missingStamp(job.spec, row, settings.defaultTtlSeconds) !== undefined) return false;
    const status = statusOfRow(job, row, clock.now(), tooLargeFingerprint === row.fingerprint);
    return difference(status, job.status) === 'none';
  }

  #lookAgain(jobId: string): void {
    for (const { job } of this.#parts.cache.ofRow(jobId)) this.#parts.enqueue(job.uid);
  }
}
