import { describe, expect, it } from '@jest/globals';
import { JobCache } from '../../../src/controllers/job-cache.ts';
import type { JobEntry } from '../../../src/controllers/job-entry.ts';
import { PayloadBudget } from '../../../src/controllers/payload-budget.ts';
import type { JobResource } from '../../../src/job/resource.ts';
import { UID, aFinishedRow, aJob, aJobShowing, aRow } from '../job/builders.ts';

function newCache(): { readonly cache: JobCache; readonly news: string[] } {
  const news: string[] = [];
  const cache = new JobCache({
    changed: (job, before) => void news.push(`${before?.resourceVersion ?? 'new'} -> ${job.resourceVersion}`),
    removed: (entry) => void news.push(`${entry.job.resourceVersion} -> gone`),
  });
  return { cache, news };
}

const filled = (...jobs: readonly JobResource[]): JobCache => {
  const { cache } = newCache();
  for (const job of jobs) cache.upsert(job, true);
  return cache;
};

function entryOf(cache: JobCache, uid = UID): JobEntry {
  const entry = cache.get(uid);
  if (entry === undefined) throw new Error('the Job is not in the cache');
  return entry;
}

/** A reconcile has found the row like that. */
function handle(cache: JobCache, uid: string, fingerprint: string): void {
  cache.handled(entryOf(cache, uid), fingerprint);
}

describe('the job cache', () => {
  it('knows each version from a moment that is later than those before it came, whichever way it comes', () => {
    const { cache } = newCache();
    const moments: number[] = [];
    const note = (): void => void moments.push(cache.moment(), entryOf(cache).knownAt);
    cache.upsert(aJob({ resourceVersion: '9' }), true);
    note();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    note();
    cache.apply(aJob({ resourceVersion: '11' }));
    note();
    cache.forget();
    note();
    const knownAt = moments.filter((_, index) => index % 2 === 1);
    expect(moments.filter((_, index) => index % 2 === 0)).toEqual(knownAt);
    expect(new Set(knownAt).size).toBe(4);
    expect(knownAt).toEqual(knownAt.toSorted((left, right) => left - right));
  });

  it('knows a version that comes again from when it came first', () => {
    const { cache } = newCache();
    cache.upsert(aJob({ resourceVersion: '9' }), true);
    const { knownAt } = entryOf(cache);
    cache.upsert(aJob({ resourceVersion: '9' }), false);
    cache.upsert(aJob({ resourceVersion: '8' }), false);
    expect(entryOf(cache).knownAt).toBe(knownAt);
  });

  it('tells of a Job that is new and of one that has changed', () => {
    const { cache, news } = newCache();
    cache.upsert(aJob({ resourceVersion: '9' }), false);
    cache.upsert(aJob({ resourceVersion: '10', spec: { cancel: true }, generation: 2 }), false);
    expect(news).toEqual(['new -> 9', '9 -> 10']);
  });

  it('does not take an older version for news, whatever its spelling sorts like', () => {
    const { cache, news } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    cache.upsert(aJob({ resourceVersion: '9', generation: 2 }), false);
    expect(news).toEqual(['new -> 10']);
    expect(cache.get(UID)?.job.generation).toBe(1);
  });

  it('holds one version of a Job, and says so of no other', () => {
    const { cache } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    expect([cache.holds(UID, '10'), cache.holds(UID, '9'), cache.holds(UID, '11'), cache.holds('another', '10')]).toEqual([true, false, false, false]);
  });

  it('takes the echo of a write of ours for no news', () => {
    const { cache, news } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    cache.apply(aJob({ resourceVersion: '11', finalizers: [] }));
    cache.upsert(aJob({ resourceVersion: '11', finalizers: [] }), false);
    expect(news).toEqual(['new -> 10']);
  });

  it('takes the echo of a write of ours for no news also when it comes before the answer', async () => {
    const { cache, news } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    await cache.writing(entryOf(cache), async () => {
      cache.upsert(aJob({ resourceVersion: '11', finalizers: [] }), false);
      cache.apply(aJob({ resourceVersion: '11', finalizers: [] }));
    });
    expect(news).toEqual(['new -> 10']);
  });

  it.each([true, false])('tells what somebody else wrote while a write of ours was under way when that has ended (written: %s)', async (succeeds) => {
    const { cache, news } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    const written = cache.writing(entryOf(cache), async () => {
      cache.upsert(aJob({ resourceVersion: '12', generation: 2, spec: { cancel: true } }), false);
      news.push('written');
      if (!succeeds) throw new Error('refused');
      cache.apply(aJob({ resourceVersion: '11' }));
    });
    const [outcome] = await Promise.allSettled([written]);
    expect(outcome?.status).toBe(succeeds ? 'fulfilled' : 'rejected');
    expect(news).toEqual(['new -> 10', 'written', `${succeeds ? '11' : '10'} -> 12`]);
  });

  it('loses nothing that came during a write when the term of leadership ends meanwhile', async () => {
    const { cache } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    await cache.writing(entryOf(cache), async () => {
      cache.upsert(aJob({ resourceVersion: '12', generation: 2 }), false);
      cache.forget();
    });
    expect(cache.get(UID)?.job.resourceVersion).toBe('12');
  });

  it('does not bring back a Job that went while it was written to', async () => {
    const { cache } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    await cache.writing(entryOf(cache), async () => {
      cache.upsert(aJob({ resourceVersion: '11', deleting: true }), false);
      cache.remove(UID);
    });
    expect(cache.size).toBe(0);
  });

  it('follows a change that decides nothing without telling anybody', () => {
    const { cache, news } = newCache();
    cache.upsert(aJob({ resourceVersion: '10' }), false);
    cache.upsert(aJob({ resourceVersion: '11' }), false);
    expect(news).toEqual(['new -> 10']);
    expect(cache.get(UID)?.job.resourceVersion).toBe('11');
  });

  it('never goes back to an older version by a write of ours that was overtaken', () => {
    const { cache } = newCache();
    cache.upsert(aJob({ resourceVersion: '12' }), false);
    cache.apply(aJob({ resourceVersion: '11', deleting: true }));
    expect(cache.get(UID)?.job.deleting).toBe(false);
  });

  it.each<[string, JobResource, readonly string[]]>([
    ['without a row is not waiting', aJob(), []],
    ['with a pending row is waiting', aJobShowing(aRow({ status: 'pending' })), [UID]],
    ['with a running row is not waiting', aJobShowing(aRow({ status: 'running' })), []],
    ['with a finished row is not waiting', aJobShowing(aFinishedRow('completed')), []],
  ])('says that a Job %s', (_, job, expected) => {
    expect([...filled(job).waiting()]).toEqual(expected);
  });

  it('counts a Job as running from the reconcile that found its row running to the one that did not', () => {
    const cache = filled(aJobShowing(aRow({ status: 'running' })));
    expect([...cache.running()]).toEqual([]);
    handle(cache, UID, 'running,5;');
    expect([...cache.running()]).toEqual([UID]);
    handle(cache, UID, 'completed,100;');
    expect([...cache.running()]).toEqual([]);
  });

  it('knows what a running row was like when it was last reconciled', () => {
    const cache = filled(aJobShowing(aRow({ status: 'running' })));
    const shard = Number.parseInt(UID.slice(0, 2), 16);
    handle(cache, UID, 'running,5;1,2');
    const before = cache.running().digest(shard);
    handle(cache, UID, 'running,5;3,4');
    expect(cache.running().digest(shard)).toEqual(before);
    handle(cache, UID, 'running,6;3,4');
    expect(cache.running().digest(shard)).not.toEqual(before);
  });

  it.each<[string, (cache: JobCache) => void]>([
    ['is gone', (cache) => cache.remove(UID)],
    ['shows another row', (cache) => cache.apply(aJobShowing(aRow({ jobId: 'of-a-backup', status: 'running' }), { resourceVersion: '2' }))],
    ['is to be looked at anew in the next term', (cache) => cache.forget()],
  ])('counts a Job that %s no longer as running', (_, happens) => {
    const cache = filled(aJobShowing(aRow({ status: 'running' }), { resourceVersion: '1' }));
    handle(cache, UID, 'running,5;');
    happens(cache);
    expect([...cache.running()]).not.toContain(UID);
  });

  it('goes on watching a row for the next resource of its key when the first is gone', () => {
    const row = aRow({ jobId: 'of-a-key', status: 'running' });
    const cache = filled(aJobShowing(row, { uid: 'first' }), aJobShowing(row, { uid: 'second' }));
    for (const uid of ['first', 'second']) handle(cache, uid, 'running,5;');
    cache.remove('first');
    expect([...cache.running()]).toEqual(['of-a-key']);
    cache.remove('second');
    expect([...cache.running()]).toEqual([]);
  });

  it('has a fingerprint that no row has where two Jobs of one row have not caught up alike', () => {
    const row = aRow({ jobId: 'of-a-key' });
    const cache = filled(aJobShowing(row, { uid: 'first' }), aJobShowing(row, { uid: 'second' }));
    handle(cache, 'first', 'running,6;');
    handle(cache, 'second', 'running,5;');
    expect(cache.fingerprintOf('of-a-key')).toBe('');
    expect([...cache.running()]).toEqual([]);
    handle(cache, 'second', 'running,6;');
    expect(cache.fingerprintOf('of-a-key')).toBe('running,6;');
    expect([...cache.running()]).toEqual(['of-a-key']);
  });

  it.each<[string, (cache: JobCache) => void]>([
    ['its row was reconciled', (cache) => handle(cache, 'second', 'running,6;')],
    ['one of its Jobs has gone', (cache) => cache.remove('second')],
    ['the term is a new one', (cache) => cache.forget()],
  ])('says that something else may be known of a row when %s', (_, happens) => {
    const row = aRow({ jobId: 'of-a-key' });
    const cache = filled(aJobShowing(row, { uid: 'first' }), aJobShowing(row, { uid: 'second' }));
    for (const uid of ['first', 'second']) handle(cache, uid, 'running,5;');
    const told: (string | undefined)[] = [];
    cache.onProcessed((jobId) => told.push(`${jobId} ${cache.fingerprintOf(jobId)}`));
    happens(cache);
    expect(told).toContain(`of-a-key ${cache.fingerprintOf('of-a-key')}`);
  });

  it('finds by its row a Job whose status names another id than its own', () => {
    const copied = aJobShowing(aRow({ jobId: 'of-a-backup' }));
    const cache = filled(copied);
    expect([...cache.ofRow('of-a-backup')].map(({ job }) => job.uid)).toEqual([UID]);
    expect([...cache.ofRow(UID)]).toEqual([]);
    cache.remove(UID);
    expect([...cache.ofRow('of-a-backup')]).toEqual([]);
    expect(cache.count()).toBe(0);
  });

  it('knows two resources of one name apart', () => {
    const { cache } = newCache();
    cache.upsert(aJob({ uid: 'first' }), false);
    cache.upsert(aJob({ uid: 'second', resourceVersion: '101' }), false);
    cache.remove('first');
    expect([...cache.uids()]).toEqual(['second']);
  });
});

const held = (cache: JobCache): string[] => [...cache.jobs()].filter(({ payload }) => payload !== undefined).map(({ uid }) => uid);

describe('payloads of Jobs that wait for their row', () => {
  const PAYLOAD = JSON.stringify('x'.repeat(38));
  const job = (uid: string, more: Partial<JobResource> = {}): JobResource => ({ ...aJob(), uid, payload: PAYLOAD, ...more });
  const cacheFor = (payloads: number): JobCache => new JobCache({ changed: () => undefined, removed: () => undefined }, new PayloadBudget(payloads * PAYLOAD.length));

  it('are kept up to a limit, and those that come later are not', () => {
    const cache = cacheFor(2);
    for (const uid of ['a', 'b', 'c']) cache.upsert(job(uid), true);
    expect(held(cache)).toEqual(['a', 'b']);
    expect(cache.size).toBe(3);
  });

  it('make room for others when the row exists or the Job is gone', () => {
    const cache = cacheFor(2);
    for (const uid of ['a', 'b']) cache.upsert(job(uid), true);
    cache.apply({ ...aJobShowing(aRow()), uid: 'a', payload: undefined });
    cache.remove('b');
    for (const uid of ['c', 'd', 'e']) cache.upsert(job(uid), false);
    expect(held(cache)).toEqual(['c', 'd']);
  });

  it('stay once they were read for their turn, whatever else changes meanwhile', () => {
    const cache = cacheFor(1);
    for (const uid of ['a', 'b']) cache.upsert(job(uid, { resourceVersion: '1' }), true);
    cache.apply(job('b', { resourceVersion: '1' }));
    cache.upsert(job('b', { resourceVersion: '2' }), false);
    expect(held(cache)).toEqual(['a', 'b']);
  });
});
