/** A jobs table in memory, as a polling feed asks for it, with a count of what was asked. */
import type { Watched } from '../../../src/database/change-feed.ts';
import type { FeedSource } from '../../../src/database/feed-source.ts';
import { fingerprint, isFinishedFingerprint } from '../../../src/database/fingerprint.ts';
import type { LightRow } from '../../../src/database/fingerprint.ts';
import type { SeenRow } from '../../../src/database/statements/scan-rows.ts';

const START = 1_700_000_000;

export class FakeTable implements FeedSource {
  readonly rows = new Map<string, SeenRow>();
  readonly asked: string[] = [];
  index = false;
  failure: Error | undefined;
  now = START;

  put(jobId: string, row: Partial<LightRow> & { readonly resultCrc?: number } = {}): void {
    const light: LightRow = { jobId, status: 'pending', progress: 0, updatedAt: this.now, completedAt: null, ttlExpiresAt: null, ...row };
    this.rows.set(jobId, { ...light, fingerprint: fingerprint(light, { resultCrc: row.resultCrc ?? null, errorCrc: null }) });
  }

  time(): Promise<number> {
    return this.#answer('time', () => this.now);
  }

  hasUpdatedAtIndex(): Promise<boolean> {
    return this.#answer('index', () => this.index);
  }

  scanStatus(status: string, after: string, limit: number): ReturnType<FeedSource['scanStatus']> {
    return this.#answer('scan', () => {
      const found = this.#sorted((row) => row.status === status && row.jobId > after).slice(0, limit);
      return { rows: found, next: found.length < limit ? undefined : found.at(-1)?.jobId };
    });
  }

  scanUpdated(seconds: number): ReturnType<FeedSource['scanUpdated']> {
    return this.#answer('watermark', () => ({ rows: this.#sorted((row) => (row.updatedAt ?? 0) >= this.now - seconds), next: undefined }));
  }

  look(jobIds: readonly string[]): ReturnType<FeedSource['look']> {
    return this.#answer('look', () => new Map(jobIds.flatMap((jobId) => (this.rows.has(jobId) ? [[jobId, this.rows.get(jobId)]] : []))));
  }

  #sorted(filter: (row: SeenRow) => boolean): SeenRow[] {
    return [...this.rows.values()].filter((row) => filter(row)).toSorted((left, right) => (left.jobId < right.jobId ? -1 : 1));
  }

  #answer<Result>(name: string, result: () => Result): Promise<Result> {
    this.asked.push(name);
    return this.failure === undefined ? Promise.resolve(result()) : Promise.reject(this.failure);
  }
}

/** What a controller knows of its jobs: the fingerprint of each row as last processed. */
export class FakeJobs implements Watched {
  readonly known = new Map<string, string | undefined>();

  /** The controller has processed the row as it is now. */
  process(table: FakeTable, jobId: string): void {
    this.known.set(jobId, table.rows.get(jobId)?.fingerprint ?? 'none');
  }

  unfinished(): Iterable<string> {
    return [...this.known].filter(([, known]) => known === undefined || !isFinishedFingerprint(known)).map(([jobId]) => jobId);
  }

  all(): Iterable<string> {
    return this.known.keys();
  }

  fingerprintOf(jobId: string): string | undefined {
    return this.known.get(jobId);
  }
}
