import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeReport } from '../../../src/database/change-report.ts';
import { Comparison } from '../../../src/database/comparison.ts';
import { WaitingWalk } from '../../../src/database/waiting-walk.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { spreadIds } from '../../support/known-jobs.ts';
import { FakeJobs, FakeTable, freshRowsFor } from './fake-table.ts';

const never = new AbortController().signal;
const nothing = (): void => undefined;

let table: FakeTable;
let jobs: FakeJobs;
let told: string[];
let walk: WaitingWalk;
let now: number;
let report: ChangeReport;

beforeEach(() => {
  table = new FakeTable();
  jobs = new FakeJobs();
  told = [];
  now = 0;
  report = new ChangeReport((jobId, kind) => void told.push(`${jobId} ${kind}`));
  walk = walkOver(table);
});

function walkOver(source: Pick<FakeTable, 'waitingDigests' | 'waitingStarts'>): WaitingWalk {
  const clock = { monotonic: () => now };
  return new WaitingWalk({ source, watched: jobs, comparison: new Comparison(jobs, report, freshRowsFor(jobs, clock)), clock, intervalMs: 250 });
}

function accept(jobIds: readonly string[]): void {
  for (const jobId of jobIds) {
    table.put(jobId);
    jobs.process(table, jobId);
  }
}

/** @returns how many steps it took */
async function stepUntilTold(steps: number): Promise<number> {
  for (let step = 1; step <= steps; step += 1) {
    now += 250;
    await walk.step(now, never);
    if (told.length > 0) return step;
  }
  return Infinity;
}

describe('the walk over what waits', () => {
  it.each<[string, (jobId: string) => void, string]>([
    ['has finished without having been seen running', (jobId) => table.put(jobId, { status: 'completed' }), 'left'],
    ['was cancelled', (jobId) => table.put(jobId, { status: 'cancelled' }), 'left'],
    ['is gone', (jobId) => void table.rows.delete(jobId), 'left'],
    ['runs, which nobody has told yet', (jobId) => table.put(jobId, { status: 'running' }), 'left'],
    ['holds what no Job can show', (jobId) => void table.unreadable.add(jobId), 'left'],
  ])('finds in one step among a few thousand the one that %s', async (_, change, kind) => {
    const ids = spreadIds(3_000);
    accept(ids);
    change(ids[1_234] ?? '');
    expect(await stepUntilTold(1)).toBe(1);
    expect(told).toEqual([`${ids[1_234]} ${kind}`]);
  });

  it('finds a row that is back', async () => {
    const [gone = '', ...others] = spreadIds(300);
    jobs.set(gone, 'none');
    accept(others);
    expect(await stepUntilTold(8)).toBe(Infinity);
    table.put(gone);
    expect(await stepUntilTold(2)).toBeLessThan(3);
    expect(told).toEqual([`${gone} other`]);
  });

  it('reads about 10,000 entries in half a second, and comes round among 12,000 in two steps', async () => {
    const ids = spreadIds(12_000);
    accept(ids);
    for (const last of [ids[7] ?? '', ids[11_111] ?? '']) {
      table.put(last, { status: 'failed' });
      table.entries = 0;
      const looks = await stepUntilTold(4);
      expect(looks).toBeLessThanOrEqual(4);
      expect(table.entries).toBeLessThan(20_500);
      jobs.process(table, last);
      told.length = 0;
      // Until it is calm again.
      await walk.step((now += 10_000), never);
      table.entries = 0;
      await walk.step((now += 500), never);
      expect(table.entries).toBeLessThan(10_500);
    }
  });

  it.each([
    ['goes on at its pace when it has found one or two, which may have begun to run a moment before', 2, 10_000],
    ['goes four times as fast for a while when it has found several at once', 5, 30_000],
  ])('%s', async (_, count, entries) => {
    const ids = spreadIds(30_000);
    accept(ids);
    for (let step = 0; step < 6; step += 1) await walk.step((now += 500), never);
    const ended = ids.toSorted().slice(0, count);
    for (const jobId of ended) table.put(jobId, { status: 'failed' });
    await stepUntilTold(8);
    expect(told).toHaveLength(count);
    for (const jobId of ended) jobs.process(table, jobId);
    table.entries = 0;
    await walk.step((now += 500), never);
    expect(Math.round(table.entries / 10_000) * 10_000).toBe(entries);
  });

  it('rests every other look', async () => {
    accept(spreadIds(1_000));
    await walk.step((now += 500), never);
    table.asked.length = 0;
    for (let look = 0; look < 8; look += 1) await walk.step((now += 250), never);
    expect(table.asked).toEqual(Array.from({ length: 4 }, () => 'waiting-digests'));
  });

  it('makes up for no pause, however long it was', async () => {
    accept(spreadIds(20_000));
    await walk.step((now += 250), never);
    table.entries = 0;
    await walk.step((now += 3_600_000), never);
    expect(table.entries).toBeLessThan(10_500);
  });

  it.each([
    ['pauses three times as long as a step took', 150, 450],
    ['pauses two seconds at most', 1_000, 2_000],
  ])('%s', async (_, tookMs, pauseMs) => {
    accept(spreadIds(40_000));
    // The first step asks twice: nobody knows yet how many wait.
    const waitingDigests: FakeTable['waitingDigests'] = (...asked) => {
      now += tookMs / 2;
      return table.waitingDigests(...asked);
    };
    walk = walkOver({ waitingDigests, waitingStarts: (...asked) => table.waitingStarts(...asked) });
    await walk.step((now += 500), never);
    const endedAt = now;
    for (now = endedAt + pauseMs - 10; (await walk.step(now, never)) === 0; now += 10);
    expect(now - tookMs / 2 - endedAt).toBe(pauseMs);
  });

  it('comes by each entry once in a step at most', async () => {
    accept(spreadIds(2_000));
    await walk.step((now += 250), never);
    table.entries = 0;
    await walk.step((now += 3_600_000), never);
    expect(table.entries).toBe(2_000);
  });

  it('passes over a crowd of others whose ids all begin alike, finds what there is elsewhere, and goes no faster for it', async () => {
    const ids = spreadIds(1_000);
    accept(ids);
    for (let number = 0; number < 30_000; number += 1) table.put(`abcdef00-${number}`);
    const elsewhere = ids.find((jobId) => !jobId.startsWith('ab')) ?? '';
    table.put(elsewhere, { status: 'failed' });
    await stepUntilTold(40);
    expect(told).toEqual([`${elsewhere} left`]);
    jobs.process(table, elsewhere);
    await walk.step((now += 10_000), never);
    table.entries = 0;
    table.named = 0;
    for (let look = 0; look < 40; look += 1) await walk.step((now += 250), never);
    expect(table.entries).toBeLessThan(10 * 20_000 + 31_000);
    expect(table.named).toBeLessThan(10);
  });

  it('fetches no id while nothing changes, the rows of others included', async () => {
    accept(spreadIds(3_000));
    for (const jobId of spreadIds(4_000).slice(3_000)) table.put(jobId);
    await walk.step((now += 500), never);
    table.named = 0;
    for (let look = 0; look < 8; look += 1) await walk.step((now += 250), never);
    expect(table.named).toBe(0);
  });

  it('fetches the ids of the shard in which something changes, and of no other', async () => {
    const ids = spreadIds(5_120);
    accept(ids);
    await walk.step((now += 500), never);
    table.named = 0;
    table.put(ids[1_234] ?? '', { status: 'cancelled' });
    expect(await stepUntilTold(4)).toBeLessThan(5);
    expect(table.named).toBeLessThan(2 * 5_120 / 256);
  });

  it('is not deceived by a row of somebody else that comes when one of ours goes', async () => {
    const [ours = '', ...others] = spreadIds(2_000);
    accept([ours, ...others]);
    await walk.step((now += 500), never);
    table.rows.delete(ours);
    table.put(`${ours.slice(0, 2)}fedcba-other`);
    expect(await stepUntilTold(2)).toBeLessThan(3);
    expect(told).toEqual([`${ours} left`]);
  });

  it('is not deceived by a job that was accepted while the server added up', async () => {
    const [late = '', ...others] = spreadIds(2_000);
    accept(others);
    let meanwhile = nothing;
    const source = {
      waitingStarts: (...args: Parameters<FakeTable['waitingStarts']>) => table.waitingStarts(...args),
      async waitingDigests(...args: Parameters<FakeTable['waitingDigests']>) {
        const digests = await table.waitingDigests(...args);
        meanwhile();
        return digests;
      },
    };
    const clock = { monotonic: () => now };
    walk = new WaitingWalk({ source, watched: jobs, comparison: new Comparison(jobs, report, freshRowsFor(jobs, clock)), clock, intervalMs: 250 });
    await walk.step((now += 500), never);
    meanwhile = () => accept([late]);
    await walk.step((now += 500), never);
    meanwhile = nothing;
    table.put(late, { status: 'completed' });
    expect(await stepUntilTold(2)).toBeLessThan(3);
    expect(told).toEqual([`${late} left`]);
  });

  it('is not deceived by a job that goes between a hint about it and the reconcile that it led to', async () => {
    const [job = '', ...others] = spreadIds(2_000);
    accept([job, ...others]);
    await walk.step((now += 500), never);
    table.put(job, { progress: 1 });
    const before = table.rows.get(job)?.fingerprint;
    report.tell(job, { kind: 'other', print: before, known: jobs.fingerprintOf(job), at: now });
    table.put(job, { status: 'cancelled' });
    await walk.step((now += 500), never);
    jobs.set(job, before);
    told.length = 0;
    expect(await stepUntilTold(2)).toBeLessThan(3);
    expect(told).toEqual([`${job} left`]);
  });

  it('goes on comparing where a job is not in its place, until it is', async () => {
    const ids = spreadIds(2_000);
    accept(ids);
    const [gone = ''] = ids;
    table.rows.delete(gone);
    expect(await stepUntilTold(4)).toBeLessThan(5);
    // Its row is back before anybody has looked for it, and then was processed as missing.
    jobs.process(table, gone);
    table.put(gone);
    jobs.set(gone, 'none');
    told.length = 0;
    expect(await stepUntilTold(4)).toBeLessThan(5);
    expect(told).toEqual([`${gone} other`]);
  });

  it('says nothing of others, of jobs not processed yet, and of what was told and waits to be processed', async () => {
    const [waits = '', unknown = '', ...others] = spreadIds(300);
    accept([waits, ...others]);
    jobs.set(unknown, undefined);
    table.put('00-foreign');
    table.put(waits, { status: 'cancelled' });
    expect(await stepUntilTold(1)).toBe(1);
    table.looks = 0;
    for (let step = 0; step < 8; step += 1) await walk.step((now += 250), never);
    expect(told).toEqual([`${waits} left`]);
    expect(table.looks).toBe(0);
  });
});

describe('a step that is cut short', () => {
  it('asks nothing more', async () => {
    accept(spreadIds(20_000));
    const stop = new AbortController();
    const clock = new FakeClock();
    const comparison = new Comparison(jobs, new ChangeReport(() => undefined), freshRowsFor(jobs, clock));
    const source = Object.assign(Object.create(table) as FakeTable, {
      waitingDigests: (...args: Parameters<FakeTable['waitingDigests']>) => {
        stop.abort();
        return table.waitingDigests(...args);
      },
    });
    await new WaitingWalk({ source, watched: jobs, comparison, clock, intervalMs: 250 }).step(60_000, stop.signal);
    expect(table.asked).toEqual(['waiting-digests']);
  });
});
