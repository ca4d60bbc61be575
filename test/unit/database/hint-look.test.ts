import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeReport } from '../../../src/database/change-report.ts';
import { Comparison } from '../../../src/database/comparison.ts';
import type { FreshRows } from '../../../src/database/fresh-rows.ts';
import { HintLook } from '../../../src/database/hint-look.ts';
import { KeyLook } from '../../../src/database/key-look.ts';
import { OperatorError } from '../../../src/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { spreadIds } from '../../support/known-jobs.ts';
import { FakeJobs, FakeTable, freshRowsFor } from './fake-table.ts';

const ids = spreadIds(5_002);
const [first = '', second = ''] = ids;

let table: FakeTable;
let jobs: FakeJobs;
let clock: FakeClock;
let told: string[];
let dropped: number;
let fresh: FreshRows;
let hints: HintLook;
let stop: AbortController;
let running: Promise<void>;

beforeEach(() => {
  table = new FakeTable();
  jobs = new FakeJobs();
  clock = new FakeClock();
  told = [];
  dropped = 0;
  stop = new AbortController();
  for (const jobId of [first, second]) {
    table.put(jobId);
    jobs.process(table, jobId);
  }
  fresh = freshRowsFor(jobs, clock);
  const comparison = new Comparison(jobs, new ChangeReport((jobId, kind) => void told.push(`${jobId} ${kind}`)), fresh);
  hints = new HintLook({ watched: jobs, keys: new KeyLook({ source: table, comparison, fresh, clock }), clock, onDropped: () => void (dropped += 1) });
  running = hints.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
});

describe('the look at what was named', () => {
  it('comes within milliseconds, once for all that are named together', async () => {
    table.put(first, { status: 'running' });
    table.put(second, { status: 'failed' });
    hints.add([first]);
    hints.add([second]);
    await clock.advance(10);
    expect(told).toEqual([`${first} started`, `${second} finished`]);
    expect(table.asked).toEqual(['read']);
  });

  it('comes once more for a row that looked as it was processed, since the log is a moment ahead', async () => {
    hints.add([first]);
    await clock.advance(10);
    table.put(first, { status: 'running' });
    await clock.advance(100);
    expect(told).toEqual([`${first} started`]);
    await clock.advance(1_000);
    expect(table.asked).toEqual(['read', 'read']);
  });

  it('keeps the rows as it read them for whoever acts on it, or, of very many, looks at them only', async () => {
    table.put(first, { status: 'running' });
    hints.add([first]);
    await clock.advance(10);
    expect(fresh.take(first, 0)?.read.row).toMatchObject({ jobId: first, status: 'running' });
    const many = ids.slice(2, 300);
    for (const jobId of many) {
      jobs.set(jobId, 'pending,');
      table.put(jobId, { status: 'failed' });
    }
    hints.add(many);
    await clock.advance(10);
    expect(told).toHaveLength(1 + many.length);
    expect(fresh.take(many[0] ?? '', 0)).toBeUndefined();
  });

  it('does not take a row for older than it was when a version of its Job came while it was read', async () => {
    const read = table.read.bind(table);
    table.read = async (jobIds) => {
      jobs.versions += 1;
      return read(jobIds);
    };
    table.put(first, { status: 'running' });
    hints.add([first]);
    await clock.advance(10);
    expect(told).toEqual([`${first} started`]);
    expect(fresh.take(first, jobs.versions)).toBeUndefined();
  });

  it('comes once more for a row of which it could tell nothing new, though a hint still waits: what the log told of may not be seen yet', async () => {
    table.put(first, { status: 'completed', resultCrc: 1 });
    hints.add([first]);
    await clock.advance(10);
    hints.add([first]);
    await clock.advance(10);
    table.put(first, { status: 'completed', resultCrc: 2 });
    await clock.advance(100);
    expect(told).toEqual([`${first} finished`, `${first} finished`]);
    expect(fresh.take(first, 0)?.read.row).toMatchObject({ fingerprint: table.rows.get(first)?.fingerprint });
  });

  it('does not come for rows of others, nor for those being processed for the first time', async () => {
    jobs.set('new', undefined);
    hints.add(['foreign', 'new']);
    await clock.advance(1_000);
    expect(table.asked).toEqual([]);
  });

  it('leaves more than it keeps in mind to the polling', () => {
    for (const jobId of ids) jobs.set(jobId, 'pending,');
    hints.add(ids.slice(0, 5_000));
    expect(dropped).toBe(0);
    hints.add(ids.slice(5_000));
    expect(dropped).toBe(1);
  });

  it('leaves what cannot be looked at to the polling, and comes again for the next', async () => {
    table.failure = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    hints.add([first]);
    await clock.advance(10);
    expect(dropped).toBe(1);
    table.failure = undefined;
    table.put(first, { status: 'running' });
    hints.add([first]);
    await clock.advance(10);
    expect(told).toEqual([`${first} started`]);
  });

  it('ends when it is told to', async () => {
    stop.abort();
    await running;
    expect(clock.timers).toBe(0);
  });
});
