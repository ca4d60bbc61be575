import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import { PollFeed } from '../../../src/database/poll-feed.ts';
import { OperatorError } from '../../../src/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { spreadIds } from '../../support/known-jobs.ts';
import { FakeJobs, FakeTable, freshRowsFor } from './fake-table.ts';

const INTERVAL_MS = 250;

let table: FakeTable;
let jobs: FakeJobs;
let clock: FakeClock;
let told: string[];
let failures: string[];
let lags: number[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  table = new FakeTable();
  jobs = new FakeJobs();
  clock = new FakeClock();
  told = [];
  failures = [];
  lags = [];
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  // For a look that takes time of its own.
  await clock.advance(1_000);
  await running;
});

function start(): PollFeed {
  const feed = new PollFeed({
    source: table,
    watched: jobs,
    onChange: (jobId, kind) => void told.push(`${jobId} ${kind}`),
    fresh: freshRowsFor(jobs, clock),
    databaseClock: createDatabaseClock(),
    clock,
    intervalMs: INTERVAL_MS,
    observer: { looked: (lag) => void lags.push(lag), failed: (error, retryMs) => void failures.push(`${error.code} ${Math.round(retryMs / 1000)}`) },
    random: () => 1,
  });
  running = feed.run(stop.signal);
  return feed;
}

/** Jobs whose rows are pending and were processed so. */
function accepted(...jobIds: string[]): void {
  for (const jobId of jobIds) {
    table.put(jobId);
    jobs.process(table, jobId);
  }
}

const many = spreadIds(300);

async function passes(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= INTERVAL_MS) {
    table.now += INTERVAL_MS / 1000;
    await clock.advance(INTERVAL_MS);
  }
}

/** Few jobs are asked for by key, many are found by what runs and what waits, and with the index by what was updated: the same must come of it. */
describe.each([
  ['few jobs, asked for by key', ['a', 'b', 'c'], false],
  ['many jobs, found by what runs and what waits', many, false],
  ['the index on updated_at', many, true],
])('the polling feed, with %s', (_, jobIds, index) => {
  const [first = '', second = '', third = ''] = jobIds;

  beforeEach(() => {
    table.index = index;
    accepted(...jobIds);
  });

  it('says nothing while nothing changes', async () => {
    start();
    await passes(70_000);
    expect(told).toEqual([]);
  });

  it('tells within an interval what has started and moved on, and within two what finished without having been seen to run', async () => {
    start();
    await passes(1_000);
    table.put(third, { status: 'failed', completedAt: table.now });
    await passes(INTERVAL_MS);
    table.put(first, { status: 'running' });
    await passes(INTERVAL_MS);
    expect(told.toSorted()).toEqual([`${first} started`, expect.stringMatching(new RegExp(`^${third} (finished|left)$`))]);
    jobs.process(table, first);
    jobs.process(table, third);
    table.put(first, { status: 'running', progress: 5 });
    await passes(INTERVAL_MS);
    expect(told.at(-1)).toBe(`${first} progress`);
  });

  it('tells a change once, and again after a while if nobody acts on it', async () => {
    start();
    await passes(1_000);
    table.put(first, { status: 'running' });
    await passes(4_000);
    expect(told).toEqual([`${first} started`]);
    await passes(8_000);
    expect(told.length).toBeGreaterThan(1);
  });

  it('tells of a row that goes, within a long look', async () => {
    start();
    await passes(1_000);
    table.rows.delete(second);
    await passes(11_000);
    expect(told[0]).toMatch(new RegExp(`^${second} (missing|left)$`));
    jobs.process(table, second);
    told.length = 0;
    await passes(70_000);
    expect(told).toEqual([]);
  });

  it('finds within a minute that a finished row has another result, also one written in the same second', async () => {
    table.put(first, { status: 'completed', resultCrc: 1 });
    jobs.process(table, first);
    start();
    await passes(5_000);
    table.put(first, { status: 'completed', resultCrc: 2, updatedAt: table.rows.get(first)?.updatedAt ?? 0 });
    await passes(60_000);
    expect(told[0]).toBe(`${first} finished`);
  });

  it('leaves rows of others and jobs that wait to be processed alone', async () => {
    table.put('zz-foreign', { status: 'running' });
    jobs.set(first, undefined);
    start();
    await passes(10_000);
    expect(told.filter((hint) => !hint.startsWith(first))).toEqual([]);
  });
});

/** A crowd whose rows have all come to be so, which was told, and nobody has acted on it. */
async function foundAll(status: 'running' | 'completed'): Promise<readonly string[]> {
  const crowd = spreadIds(502);
  accepted(...crowd);
  start();
  await clock.advance(1_000);
  for (const jobId of crowd) table.put(jobId, { status });
  await clock.advance(1_000);
  expect(told).toHaveLength(crowd.length);
  lags.length = 0;
  return crowd;
}

describe('the polling feed', () => {
  it('retries a failed look after 1, 2 and then 3 seconds, says so once each, and takes no failure for an absence', async () => {
    accepted('a');
    table.failure = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    start();
    await clock.advance(120_000);
    expect(failures).toEqual(['1', '2', ...Array.from({ length: 40 }, () => '3')].map((seconds) => `DATABASE_UNAVAILABLE ${seconds}`));
    expect(told).toEqual([]);
    table.failure = undefined;
    table.put('a', { status: 'completed' });
    await clock.advance(3_000);
    expect(told[0]).toBe('a finished');
  });

  it('finds, with the index, what changed during an outage however long', async () => {
    table.index = true;
    accepted(...many);
    start();
    await passes(1_000);
    table.failure = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    await passes(1_000);
    table.put(many[7] ?? '', { status: 'completed' });
    table.now += 600;
    await clock.advance(600_000);
    table.failure = undefined;
    await clock.advance(10_000);
    expect(told[0]).toBe(`${many[7]} finished`);
  });

  it('looks by key while jobs are few, whoever else has active rows', async () => {
    for (const jobId of many) table.put(jobId);
    accepted('a');
    start();
    await passes(2_000);
    expect(table.asked).not.toContain('scan');
  });

  it('finds, with many jobs and no index, a step that was committed long after its stamp, and the end of it, with the next look', async () => {
    accepted(...many);
    const [slow = ''] = many;
    table.put(slow, { status: 'running' });
    jobs.process(table, slow);
    start();
    await passes(1_000);
    table.put(slow, { status: 'running', progress: 5, updatedAt: table.now - 300 });
    await passes(INTERVAL_MS);
    expect(told).toEqual([`${slow} progress`]);
    jobs.process(table, slow);
    table.put(slow, { status: 'failed', updatedAt: table.now - 300 });
    await passes(INTERVAL_MS);
    expect(told.at(-1)).toBe(`${slow} left`);
  });

  it('looks at every row that finished once, however long the Jobs take to show it', async () => {
    accepted(...many);
    for (const jobId of many) {
      table.put(jobId, { status: 'running' });
      jobs.process(table, jobId);
    }
    start();
    await passes(1_000);
    for (const jobId of many) table.put(jobId, { status: 'completed' });
    table.looks = 0;
    await passes(4_000);
    expect(told.length).toBe(many.length);
    // The full pass comes by as well.
    expect(table.looks).toBeLessThanOrEqual(many.length + (many.length * 5) / 45);
  });

  it('raises a hint about progress to one about the end while nobody has acted on it', async () => {
    accepted(...many);
    const [first = ''] = many;
    table.put(first, { status: 'running' });
    jobs.process(table, first);
    start();
    await passes(1_000);
    table.put(first, { status: 'running', progress: 5 });
    await passes(INTERVAL_MS);
    table.put(first, { status: 'completed' });
    await passes(INTERVAL_MS);
    expect(told).toEqual([`${first} progress`, `${first} left`]);
  });

  it('looks now and then at waiting jobs whose ids are none of the operator\'s making', async () => {
    accepted(...many, 'my-own-id');
    start();
    await passes(1_000);
    table.put('my-own-id', { status: 'cancelled' });
    await passes(10_000);
    expect(told).toEqual(['my-own-id finished']);
  });

  it('begins the next look an interval after the last one began, however long that took, and pauses three times as long as it took, up to a second', async () => {
    accepted('a');
    const slow = table.look.bind(table);
    const lookMs = { value: 40 };
    table.look = async (jobIds) => {
      await clock.sleep(lookMs.value);
      return slow(jobIds);
    };
    start();
    await clock.advance(2_000);
    expect(lags.at(-1)).toBeCloseTo(0.29);
    lookMs.value = 100;
    await clock.advance(20_000);
    // A look asks once or twice; a change may have come right after the look before.
    expect(lags.at(-1)).toBeGreaterThanOrEqual(0.5);
    expect(lags.at(-1)).toBeLessThanOrEqual(1);
    lookMs.value = 1_500;
    await clock.advance(40_000);
    expect(lags.at(-1)).toBeGreaterThanOrEqual(4);
    expect(lags.at(-1)).toBeLessThanOrEqual(7);
  });

  it('looks again after 85 % of the interval when it has found something', async () => {
    accepted(...many);
    const [first = ''] = many;
    start();
    await clock.advance(4 * INTERVAL_MS);
    table.put(first, { status: 'running' });
    await clock.advance(INTERVAL_MS);
    jobs.process(table, first);
    table.put(first, { status: 'running', progress: 7 });
    await clock.advance(0.84 * INTERVAL_MS);
    expect(told).toEqual([`${first} started`]);
    await clock.advance(0.01 * INTERVAL_MS);
    expect(told).toEqual([`${first} started`, `${first} progress`]);
  });

  it('looks once a second while others tell what changes, and as before from the moment they do not', async () => {
    accepted('a');
    const feed = start();
    await clock.advance(INTERVAL_MS);
    feed.relax(true);
    await clock.advance(1_000);
    lags.length = 0;
    await clock.advance(10_000);
    expect(lags.length).toBeLessThanOrEqual(11);
    table.put('a', { status: 'running' });
    feed.relax(false);
    await clock.advance(INTERVAL_MS);
    expect(told).toEqual(['a started']);
    lags.length = 0;
    await clock.advance(10_000);
    expect(lags.length).toBeGreaterThanOrEqual(39);
  });

  it('looks once a second while more than 500 ends wait to be acted on, and as before when fewer do', async () => {
    const crowd = await foundAll('completed');
    await clock.advance(3_000);
    expect(lags.length).toBeLessThanOrEqual(3);
    for (const jobId of crowd.slice(0, 2)) jobs.process(table, jobId);
    await clock.advance(1_000);
    lags.length = 0;
    await clock.advance(1_000);
    expect(lags.length).toBeGreaterThanOrEqual(4);
  });

  it('does not wait for starts to be acted on: an end goes before them', async () => {
    await foundAll('running');
    await clock.advance(1_000);
    expect(lags.length).toBeGreaterThanOrEqual(4);
  });

  it('looks at what runs as often as ever where adding up what waits is slow, and adds up a quarter of the time', async () => {
    accepted(...many);
    const quick = table.waitingDigests.bind(table);
    let slowMs = 0;
    table.waitingDigests = async (from, to) => {
      slowMs += 100;
      await clock.sleep(100);
      return quick(from, to);
    };
    start();
    await clock.advance(5_000);
    lags.length = 0;
    slowMs = 0;
    await clock.advance(10_000);
    expect(lags.length).toBeGreaterThanOrEqual(38);
    expect(slowMs).toBeGreaterThanOrEqual(1_500);
    expect(slowMs).toBeLessThanOrEqual(2_500);
  });

  it('looks when it is asked to, with a pause all the same, and waits an outage out', async () => {
    accepted('a');
    const feed = start();
    await clock.advance(1_000);
    table.put('a', { status: 'running' });
    feed.lookNow();
    await clock.advance(30);
    expect(told).toEqual(['a started']);
    lags.length = 0;
    for (let ask = 0; ask < 100; ask += 1) {
      feed.lookNow();
      await clock.advance(1);
    }
    expect(lags.length).toBeLessThanOrEqual(5);
    table.failure = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    // Until a look asks for something: the clock, at the latest.
    while (failures.length === 0) await clock.advance(100);
    for (let ask = 0; ask < 100; ask += 1) {
      feed.lookNow();
      await clock.advance(1);
    }
    expect(failures.length).toBe(1);
  });

  it('ends when it is told to, in the middle of a pause', async () => {
    start();
    await passes(1_000);
    stop.abort();
    await running;
    expect(clock.timers).toBe(0);
  });
});
