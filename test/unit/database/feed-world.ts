/** A table, its workers, a controller that acts on hints, and a judge who looks after every look of a polling feed whether its promises were kept. */
import fc from 'fast-check';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import type { LightRow } from '../../../src/database/fingerprint.ts';
import { PollFeed } from '../../../src/database/poll-feed.ts';
import { OperatorError } from '../../../src/errors.ts';
import type { RowStatus } from '../../../src/job/row.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { spreadIds } from '../../support/known-jobs.ts';
import { FakeJobs, FakeTable, freshRowsFor } from './fake-table.ts';

const INTERVAL_MS = 250;
/** A full pass, the second for which its keys may wait for others, and the look that it waits for: its share of a look is a fraction. */
const PASS_MS = 46_000 + INTERVAL_MS;
const LONG_LOOK_MS = 10_000 + INTERVAL_MS;

const ids = spreadIds(300);
const subjects = ids.slice(0, 4);

/** An UPDATE, committed `lateSeconds` after it was executed; `sameStamp`: within the second of the one before. */
interface Write {
  readonly do: 'write';
  readonly subject: number;
  readonly row: Partial<LightRow> & { readonly resultCrc: number };
  readonly lateSeconds: number;
  readonly sameStamp: boolean;
}

/** `spoil` writes a status that nobody knows; `process` is a reconcile that no hint was needed for. */
type Act<Do extends string> = Do extends string ? { readonly do: Do; readonly subject: number } : never;
/** Time goes by; in an outage, looks fail. While it is busy, the controller does not come to act on hints, which it does after each look otherwise. */
type Span<Do extends string> = Do extends string ? { readonly do: Do; readonly looks: number } : never;

export type Step = Write | Act<'delete' | 'insert' | 'spoil' | 'process'> | Span<'pass' | 'outage' | 'busy'>;

const subject = fc.nat(subjects.length - 1);
/** One thing that happens. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      subject,
      row: fc.record({
        status: fc.constantFrom<RowStatus[]>('pending', 'running', 'running', 'completed', 'failed', 'cancelled'),
        progress: fc.constantFrom(null, 0, 5, 100),
        completedAt: fc.constantFrom(null, 1_700_000_000),
        resultCrc: fc.constantFrom(1, 2),
      }),
      lateSeconds: fc.constantFrom(0, 0, 2, 30, 400),
      sameStamp: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'insert' as const, 'spoil' as const, 'process' as const), subject }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), looks: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('outage' as const, 'busy' as const), looks: fc.integer({ min: 1, max: 20 }) }) },
);

export interface Scene {
  readonly count: number;
  readonly index: boolean;
}

export class World {
  readonly #table = new FakeTable();
  readonly #jobs = new FakeJobs();
  readonly #clock = new FakeClock();
  readonly #stop = new AbortController();
  readonly #hinted = new Set<string>();
  /** When the row last changed, and how long it may take until that is told: monotonic ms. */
  readonly #due = new Map<string, number>();
  readonly #scene: Scene;
  readonly #complaints: string[] = [];
  #hints = 0;
  /** Looks that the controller is busy for. */
  #busy = 0;
  /** Looks that succeeded. */
  #looked = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#table.index = scene.index;
    for (const jobId of ids.slice(0, scene.count)) {
      this.#table.put(jobId);
      this.#jobs.process(this.#table, jobId);
    }
  }

  /** @returns what was not as promised */
  async run(steps: readonly Step[]): Promise<readonly string[]> {
    const feed = new PollFeed({
      source: this.#table,
      watched: this.#jobs,
      onChange: (jobId) => {
        this.#hints += 1;
        this.#hinted.add(jobId);
      },
      fresh: freshRowsFor(this.#jobs, this.#clock),
      databaseClock: createDatabaseClock(),
      observer: { looked: () => void (this.#looked += 1), failed: () => undefined },
      intervalMs: INTERVAL_MS,
      clock: this.#clock,
    });
    const running = feed.run(this.#stop.signal);
    for (const each of steps) await this.#do(each);
    // Nothing happens any more, and every hint is acted on.
    this.#busy = 0;
    await this.#looks(PASS_MS / INTERVAL_MS);
    for (const jobId of subjects) if (!this.#table.unreadable.has(jobId) && this.#differs(jobId)) this.#complaints.push(`${jobId} was forgotten`);
    if (this.#table.unreadable.size > 0) {
      this.#table.unreadable.clear();
      await this.#looks(PASS_MS / INTERVAL_MS);
    }
    this.#hints = 0;
    await this.#looks((2 * LONG_LOOK_MS) / INTERVAL_MS);
    if (this.#hints > 0) this.#complaints.push(`${this.#hints} hints about nothing`);
    this.#stop.abort();
    await running;
    return this.#complaints;
  }

  async #do(each: Step): Promise<void> {
    if (each.do === 'pass') return this.#looks(each.looks);
    if (each.do === 'outage') return this.#outage(each.looks);
    if (each.do === 'busy') {
      this.#busy = each.looks;
      return undefined;
    }
    const jobId = subjects[each.subject] ?? '';
    if (each.do === 'process') return this.#process(jobId);
    if (each.do === 'delete') this.#delete(jobId);
    else if (each.do === 'spoil') this.#spoil(jobId);
    else if (each.do === 'insert') this.#table.put(jobId);
    else this.#write(jobId, each);
    if (this.#differs(jobId)) this.#due.set(jobId, this.#clock.monotonic() + this.#promise(jobId));
    else this.#due.delete(jobId);
  }

  #delete(jobId: string): void {
    this.#table.rows.delete(jobId);
    this.#table.unreadable.delete(jobId);
  }

  #spoil(jobId: string): void {
    if (this.#table.rows.has(jobId)) this.#table.unreadable.add(jobId);
  }

  #write(jobId: string, { row, sameStamp, lateSeconds }: Write): void {
    const before = this.#table.rows.get(jobId);
    if (before === undefined) return;
    this.#table.unreadable.delete(jobId);
    this.#table.put(jobId, { ...row, updatedAt: sameStamp ? before.updatedAt : Math.floor(this.#table.now) - lateSeconds });
  }

  /** What the feed's documentation says about the difference there is now. */
  #promise(jobId: string): number {
    const row = this.#table.unreadable.has(jobId) ? undefined : this.#table.rows.get(jobId);
    const known = this.#jobs.fingerprintOf(jobId) ?? '';
    const { count, index } = this.#scene;
    const isRecent = row !== undefined && (row.updatedAt === null || row.updatedAt >= this.#table.now - 3);
    const headDiffers = row !== undefined && !known.startsWith(row.fingerprint.slice(0, row.fingerprint.indexOf(';') + 1));
    if (count <= 200) {
      const isUnfinished = known.startsWith('pending,') || known.startsWith('running,') || known === 'none';
      return isUnfinished ? INTERVAL_MS : PASS_MS;
    }
    if (index) {
      if (isRecent && headDiffers) return INTERVAL_MS;
      return known.startsWith('running,') && !(row?.status === 'running') ? LONG_LOOK_MS : PASS_MS;
    }
    const [wasRunning, runs] = [known.startsWith('running,'), row?.status === 'running'];
    if (wasRunning !== runs) return INTERVAL_MS;
    if (runs && headDiffers) return INTERVAL_MS;
    if (known.startsWith('pending,') && row?.status !== 'pending') return 2 * INTERVAL_MS;
    return PASS_MS;
  }

  #differs(jobId: string): boolean {
    return this.#table.unreadable.has(jobId) || (this.#table.rows.get(jobId)?.fingerprint ?? 'none') !== this.#jobs.fingerprintOf(jobId);
  }

  #process(jobId: string): void {
    this.#jobs.process(this.#table, jobId);
    if (!this.#table.unreadable.has(jobId)) this.#hinted.delete(jobId);
    this.#due.delete(jobId);
  }

  async #looks(count: number): Promise<void> {
    for (let look = 0; look < count; look += 1) {
      await this.#tick();
      for (const [jobId, dueAt] of this.#due) {
        const lateMs = this.#clock.monotonic() - dueAt - INTERVAL_MS;
        if (!this.#hinted.has(jobId) && lateMs <= 0) continue;
        if (!this.#hinted.has(jobId)) this.#complaints.push(`${jobId} was told ${lateMs} ms late`);
        this.#due.delete(jobId);
      }
      this.#busy -= 1;
      if (this.#busy < 0) for (const jobId of this.#hinted) this.#process(jobId);
    }
  }

  /** Ends with the first look that succeeds again. */
  async #outage(count: number): Promise<void> {
    const before = this.#clock.monotonic();
    this.#table.failure = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    for (let look = 0; look < count; look += 1) await this.#tick();
    this.#table.failure = undefined;
    const looked = this.#looked;
    while (this.#looked === looked) await this.#tick();
    for (const [jobId, dueAt] of this.#due) this.#due.set(jobId, dueAt + this.#clock.monotonic() - before);
  }

  async #tick(): Promise<void> {
    this.#table.now += INTERVAL_MS / 1000;
    await this.#clock.advance(INTERVAL_MS);
  }
}
