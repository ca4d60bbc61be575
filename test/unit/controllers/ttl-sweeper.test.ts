import { describe, expect, it } from '@jest/globals';
import { JobCache } from '../../../src/controllers/job-cache.ts';
import { TtlSweeper } from '../../../src/controllers/ttl-sweeper.ts';
import type { ExpiredPage, LiveJob, TtlSweeperSettings } from '../../../src/controllers/ttl-sweeper.ts';
import { OperatorError } from '../../../src/errors.ts';
import type { JobResource } from '../../../src/job/resource.ts';
import type { JobRow } from '../../../src/job/row.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { NOW, UID, aFinishedRow, aJobShowing, aRow } from '../job/builders.ts';

const OTHER = '7c0ffee0-0000-4000-8000-000000000002';
const EXPIRED = { ttlExpiresAt: NOW - 1 };

interface Situation {
  /** Expired rows, in order. */
  readonly rows: readonly JobRow[];
  /** What the cache holds. */
  readonly cached?: readonly JobResource[];
  /** What the API server holds, where it differs from the cache. */
  readonly live?: ReadonlyMap<string, LiveJob>;
  /** Of that list; those of the cache are `100` unless a test says otherwise. */
  readonly listVersion?: string;
  /** The row as the sweep's transaction finds it, where it has changed since the page was read. */
  readonly locked?: JobRow;
  readonly settings?: Partial<TtlSweeperSettings>;
  /** A removal takes so long. */
  readonly removalMs?: number;
  /** The look for the page after so many rows fails. */
  readonly failsAfter?: number;
}

async function sweep({ rows, cached = [], live, listVersion = '100', locked, settings = {}, removalMs = 0, failsAfter = Infinity }: Situation) {
  const cache = new JobCache({ changed: () => undefined, removed: () => undefined });
  for (const job of cached) cache.upsert(job, true);
  const lookedAgain: string[] = [];
  const removed: string[] = [];
  let lists = 0;
  const clock = new FakeClock();
  const startedAt = clock.monotonic();
  /** What was done and when, in milliseconds since the start. */
  const course: string[] = [];
  const note = (what: string): void => void course.push(`${clock.monotonic() - startedAt}: ${what}`);
  const progress: number[] = [];
  const batch = settings.batch ?? 500;
  const sweeper = new TtlSweeper({
    cache,
    rows: {
      async page(after, limit): Promise<ExpiredPage> {
        note('look');
        const start = after === undefined ? 0 : rows.findIndex(({ jobId }) => jobId === after.jobId) + 1;
        if (start >= failsAfter) throw new OperatorError('DATABASE_UNAVAILABLE', 'gone');
        const part = rows.slice(start, start + limit).map(({ jobId, status, createdAt, ttlExpiresAt }) => ({
          jobId,
          finished: status !== 'pending' && status !== 'running',
          createdAt,
          ttlExpiresAt: ttlExpiresAt ?? 0,
        }));
        return { rows: part, next: part.length < limit ? undefined : part.at(-1), now: part.length === 0 ? undefined : NOW };
      },
      async removeForeign(jobIds) {
        note('remove');
        if (removalMs > 0) await clock.sleep(removalMs);
        note('removed');
        removed.push(...jobIds);
        return jobIds.length;
      },
      async removeShown(jobIds, isShown) {
        const gone = jobIds.filter((jobId) => {
          const row = locked ?? rows.find((candidate) => candidate.jobId === jobId);
          return row !== undefined && isShown(row);
        });
        removed.push(...gone);
        return gone;
      },
    },
    async listLive() {
      lists += 1;
      return [{ resourceVersion: listVersion, jobs: live ?? new Map(cached.map(({ uid, generation, deleting }) => [uid, { generation, deleting }])) }];
    },
    databaseTime: { at: () => NOW },
    clock,
    enqueue: (uid) => void lookedAgain.push(uid),
    settings: { batch, dryRun: false, foreignGraceSeconds: 0, defaultTtlSeconds: undefined, clusterName: undefined, ...settings },
  });
  const ended = new AbortController();
  const run = sweeper.sweep(new AbortController().signal, (count) => void progress.push(count)).finally(() => ended.abort());
  run.catch(() => undefined);
  await clock.settle();
  while (!ended.signal.aborted) await clock.advance(10);
  return { report: await run, removed, lookedAgain, lists, cache, course, progress };
}

/** So many finished rows of no Job. */
const pages = (count: number): JobRow[] => Array.from({ length: count }, (_, index) => aFinishedRow('completed', { ...EXPIRED, jobId: `7c0ffee0-0000-4000-8000-${String(index).padStart(12, '0')}` }));

describe('the sweep', () => {
  it('removes an expired row whose resource shows its final state, and has the Job looked at again', async () => {
    const row = aFinishedRow('completed', EXPIRED);
    const { removed, lookedAgain, cache } = await sweep({ rows: [row], cached: [aJobShowing(row)] });
    expect(removed).toEqual([UID]);
    expect(lookedAgain).toEqual([UID]);
    expect(cache.get(UID)?.removedByUs).toBe(true);
  });

  it('never takes live work, whatever its TTL says, and counts it', async () => {
    const { report, removed } = await sweep({ rows: [aRow({ status: 'running', ...EXPIRED })] });
    expect(removed).toEqual([]);
    expect(report.unfinished).toBe(1);
  });

  it('leaves a row whose resource still shows an earlier state', async () => {
    const { report, removed, lookedAgain } = await sweep({
      rows: [aFinishedRow('failed', EXPIRED)],
      cached: [aJobShowing(aRow({ status: 'running' }))],
    });
    expect(removed).toEqual([]);
    expect(report.notShown).toBe(1);
    expect(lookedAgain).toEqual([UID]);
  });

  it('leaves a row that changed between the page and the lock', async () => {
    const row = aFinishedRow('failed', EXPIRED);
    const { removed } = await sweep({ rows: [row], cached: [aJobShowing(row)], locked: { ...row, error: 'another one' } });
    expect(removed).toEqual([]);
  });

  it('leaves a row whose spec has meanwhile been given another TTL', async () => {
    const row = aFinishedRow('completed', EXPIRED);
    const job = aJobShowing(row);
    const { removed } = await sweep({ rows: [row], cached: [job], live: new Map([[UID, { generation: job.generation + 1, deleting: false }]]) });
    expect(removed).toEqual([]);
  });

  it('leaves a row that lacks the stamp its resource asks for', async () => {
    const row = aFinishedRow('completed', EXPIRED);
    const { removed } = await sweep({ rows: [row], cached: [aJobShowing(row, { spec: { ttlSecondsAfterFinished: 9000 } })] });
    expect(removed).toEqual([]);
  });

  it('counts an outcome that was cut for its size as shown', async () => {
    const row = aFinishedRow('completed', { ...EXPIRED, resultBytes: 5_000_000, result: null });
    const { removed } = await sweep({ rows: [row], cached: [aJobShowing(row)] });
    expect(removed).toEqual([UID]);
  });

  it('removes a row that belongs to no resource, by a live list', async () => {
    const { removed, lists } = await sweep({ rows: [aFinishedRow('completed', EXPIRED)] });
    expect(removed).toEqual([UID]);
    expect(lists).toBe(1);
  });

  it('does not take a row for an orphan because the cache has not heard of its resource yet', async () => {
    const { report, removed } = await sweep({
      rows: [aFinishedRow('completed', EXPIRED)],
      live: new Map([[UID, { generation: 1, deleting: false }]]),
    });
    expect(removed).toEqual([]);
    expect(report.notShown).toBe(1);
  });

  it('leaves a row of no resource that is younger than the list it is judged by', async () => {
    const { removed } = await sweep({ rows: [aFinishedRow('completed', { ...EXPIRED, createdAt: NOW })] });
    expect(removed).toEqual([]);
  });

  it('believes no list that is older than what was seen before', async () => {
    const seen = aJobShowing(aRow({ jobId: OTHER }), { uid: OTHER, resourceVersion: '101' });
    const orphan = { rows: [aFinishedRow('completed', EXPIRED)], cached: [seen] };
    await expect(sweep({ ...orphan, listVersion: '100' })).rejects.toMatchObject({ code: 'API_UNAVAILABLE', message: expect.stringMatching(/as of version 100, and 101 was seen before/) });
    expect((await sweep({ ...orphan, listVersion: '101' })).removed).toEqual([UID]);
  });

  it('leaves a row of no resource during the grace for another operator', async () => {
    const { report, removed } = await sweep({ rows: [aFinishedRow('completed', EXPIRED)], settings: { foreignGraceSeconds: 3600 } });
    expect(removed).toEqual([]);
    expect(report.foreignGrace).toBe(1);
  });

  it('only counts in a dry run', async () => {
    const { report, removed } = await sweep({ rows: [aFinishedRow('completed', EXPIRED)], settings: { dryRun: true } });
    expect(removed).toEqual([]);
    expect(report).toMatchObject({ deleted: 1, dryRun: true });
  });

  it('goes through all pages past the rows it has to leave', async () => {
    const running = aRow({ status: 'running', ...EXPIRED });
    const finished = aFinishedRow('completed', { ...EXPIRED, jobId: OTHER });
    const { removed } = await sweep({ rows: [running, finished], settings: { batch: 1 } });
    expect(removed).toEqual([OTHER]);
  });

  describe('over several pages', () => {
    it('looks for the next rows while it removes those it has, and rests as long as a removal took', async () => {
      const { course } = await sweep({ rows: pages(3), settings: { batch: 1 }, removalMs: 100 });
      const turns = [0, 200, 400].flatMap((begin) => [`${begin}: look`, `${begin}: remove`, `${begin + 100}: removed`]);
      expect(course).toEqual(['0: look', ...turns]);
    });

    it('takes less at a time when a removal was slow', async () => {
      const { progress } = await sweep({ rows: pages(260), settings: { batch: 100 }, removalMs: 300 });
      // The second page was looked for before the first removal had ended.
      expect(progress).toEqual([100, 100, 50, 10]);
    });

    it('tells how many have gone, as they go', async () => {
      expect((await sweep({ rows: pages(3), settings: { batch: 2 } })).progress).toEqual([2, 1]);
      expect((await sweep({ rows: pages(3), settings: { batch: 2, dryRun: true } })).progress).toEqual([]);
    });

    it('asks again what is live when the run takes long', async () => {
      expect((await sweep({ rows: pages(3), settings: { batch: 1 }, removalMs: 1_000 })).lists).toBe(1);
      expect((await sweep({ rows: pages(3), settings: { batch: 1 }, removalMs: 20_000 })).lists).toBe(2);
    });

    it('fails when the next rows cannot be looked for', async () => {
      await expect(sweep({ rows: pages(3), settings: { batch: 2 }, removalMs: 50, failsAfter: 2 })).rejects.toThrow('gone');
    });
  });

  it('asks the API server for nothing when nothing has expired', async () => {
    const { lists } = await sweep({ rows: [] });
    expect(lists).toBe(0);
  });
});
