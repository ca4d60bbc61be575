import { describe, expect, it } from '@jest/globals';
import { JobCache } from '../../../src/controllers/job-cache.ts';
import { TtlSweeper } from '../../../src/controllers/ttl-sweeper.ts';
import type { ExpiredPage, LiveJob, TtlSweeperSettings } from '../../../src/controllers/ttl-sweeper.ts';
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
}

async function sweep({ rows, cached = [], live, listVersion = '100', locked, settings = {} }: Situation) {
  const cache = new JobCache({ changed: () => undefined, removed: () => undefined });
  for (const job of cached) cache.upsert(job, true);
  const lookedAgain: string[] = [];
  const removed: string[] = [];
  let lists = 0;
  const batch = settings.batch ?? 500;
  const sweeper = new TtlSweeper({
    cache,
    rows: {
      async page(after): Promise<ExpiredPage> {
        const start = after === undefined ? 0 : rows.findIndex(({ jobId }) => jobId === after.jobId) + 1;
        const part = rows.slice(start, start + batch).map(({ jobId, status, createdAt, ttlExpiresAt }) => ({
          jobId,
          finished: status !== 'pending' && status !== 'running',
          createdAt,
          ttlExpiresAt: ttlExpiresAt ?? 0,
        }));
        return { rows: part, next: part.length < batch ? undefined : part.at(-1), now: part.length === 0 ? undefined : NOW };
      },
      async removeForeign(jobIds) {
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
    clock: new FakeClock(),
    enqueue: (uid) => void lookedAgain.push(uid),
    settings: { batch, dryRun: false, foreignGraceSeconds: 0, defaultTtlSeconds: undefined, clusterName: undefined, ...settings },
  });
  const report = await sweeper.sweep(new AbortController().signal);
  return { report, removed, lookedAgain, lists, cache };
}

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

  it('asks the API server for nothing when nothing has expired', async () => {
    const { lists } = await sweep({ rows: [] });
    expect(lists).toBe(0);
  });
});
