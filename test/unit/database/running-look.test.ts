import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeReport } from '../../../src/database/change-report.ts';
import { Comparison } from '../../../src/database/comparison.ts';
import type { FreshRows } from '../../../src/database/fresh-rows.ts';
import type { LightRow } from '../../../src/database/fingerprint.ts';
import { RunningLook } from '../../../src/database/running-look.ts';
import { spreadIds } from '../../support/known-jobs.ts';
import { FakeJobs, FakeTable, freshRowsFor, START } from './fake-table.ts';

const never = new AbortController().signal;
const [waits = '', first = '', second = ''] = spreadIds(3);

let table: FakeTable;
let jobs: FakeJobs;
let told: string[];
let look: RunningLook;
let fresh: FreshRows;
let now: number;

beforeEach(() => {
  table = new FakeTable();
  jobs = new FakeJobs();
  told = [];
  now = 0;
  const clock = { monotonic: () => now };
  fresh = freshRowsFor(jobs, clock);
  const comparison = new Comparison(jobs, new ChangeReport((jobId, kind) => void told.push(`${jobId} ${kind}`)), fresh);
  look = new RunningLook({ source: table, watched: jobs, comparison, fresh, clock });
  table.put(waits);
  table.put(first, { status: 'running' });
  table.put(second, { status: 'running' });
  for (const jobId of [waits, first, second]) jobs.process(table, jobId);
});

describe('the look at what runs', () => {
  it('says nothing of what runs on, and fetches none of it', async () => {
    await look.look(never);
    table.scanned = 0;
    await look.look(never);
    expect(told).toEqual([]);
    expect({ scanned: table.scanned, looks: table.looks }).toEqual({ scanned: 0, looks: 0 });
  });

  it.each<[string, Partial<LightRow>]>([
    ['a stamp', {}],
    ['an old stamp', { updatedAt: START - 300 }],
    ['no stamp', { updatedAt: null }],
  ])('finds a step with %s, and fetches the rows of its shard alone', async (_, row) => {
    await look.look(never);
    table.scanned = 0;
    table.put(first, { status: 'running', progress: 5, ...row });
    await look.look(never);
    expect(told).toEqual([`${first} progress`]);
    expect({ scanned: table.scanned, looks: table.looks }).toEqual({ scanned: 1, looks: 0 });
  });

  it('keeps the whole row of what it found, and of nothing else, for whoever acts on it', async () => {
    await look.look(never);
    table.put(first, { status: 'running', progress: 5 });
    await look.look(never);
    expect(fresh.take(first, 0)?.read.row).toMatchObject({ jobId: first, progress: 5 });
    expect(fresh.take(second, 0)).toBeUndefined();
  });

  it('does not take a row for older than it was when a version of its Job came while it was read', async () => {
    await look.look(never);
    const read = table.readRunning.bind(table);
    table.readRunning = async (shards) => {
      jobs.versions += 1;
      return read(shards);
    };
    table.put(first, { status: 'running', progress: 5 });
    await look.look(never);
    expect(told).toEqual([`${first} progress`]);
    expect(fresh.take(first, jobs.versions)).toBeUndefined();
  });

  it('lets go of the row that it kept when that has left', async () => {
    await look.look(never);
    table.put(first, { status: 'running', progress: 5 });
    await look.look(never);
    table.put(first, { status: 'completed' });
    await look.look(never);
    expect(told).toEqual([`${first} progress`, `${first} left`]);
    expect(fresh.take(first, 0)).toBeUndefined();
  });

  it.each<[string, (row: string) => void]>([
    ['one of them has a result', (beside) => table.put(beside, { status: 'running', resultCrc: 1 })],
    ['others have rows there, of which nothing is known', (beside) => table.put(`${beside.slice(0, 2)}-foreign`, { status: 'running' })],
  ])('fetches no row whole where %s', async (_, prepare) => {
    const beside = `${first.slice(0, 2)}-beside`;
    prepare(beside);
    if (table.rows.has(beside)) jobs.process(table, beside);
    await look.look(never);
    await look.look(never);
    table.put(first, { status: 'running', progress: 5 });
    await look.look(never);
    expect(told).toEqual([`${first} progress`]);
    expect(fresh.take(first, 0)).toBeUndefined();
  });

  it('keeps none where many would have to be fetched whole for it', async () => {
    for (const jobId of spreadIds(256 * 201)) table.put(jobId, { status: 'running' });
    for (const jobId of spreadIds(256 * 201)) jobs.process(table, jobId);
    await look.look(never);
    const [one = ''] = spreadIds(1);
    table.put(one, { status: 'running', progress: 5 });
    await look.look(never);
    expect(told.at(-1)).toBe(`${one} progress`);
    expect(fresh.take(one, 0)).toBeUndefined();
  });

  it('finds two rows of one shard that change alike, as in one statement', async () => {
    const alike = ['ab3c0000-job', 'ab5d0000-job'];
    for (const jobId of alike) {
      table.put(jobId, { status: 'running', progress: 10 });
      jobs.process(table, jobId);
    }
    await look.look(never);
    for (const jobId of alike) table.put(jobId, { status: 'running', progress: 20 });
    await look.look(never);
    expect(told.toSorted()).toEqual(alike.map((jobId) => `${jobId} progress`));
  });

  it('tells again what nobody has acted on for 5 s', async () => {
    table.put(first, { status: 'running', progress: 5 });
    table.put(waits, { status: 'running' });
    table.rows.delete(second);
    await look.look(never);
    const once = [...told];
    expect(once).toHaveLength(3);
    await look.look(never);
    expect(told).toEqual(once);
    now += 5_000;
    await look.look(never);
    expect(told.toSorted()).toEqual([...once, ...once].toSorted());
  });

  it.each<[string, () => void, string]>([
    ['a start', () => table.put(waits, { status: 'running', updatedAt: table.now - 300 }), `${waits} started`],
    ['an end', () => table.put(first, { status: 'completed', updatedAt: table.now - 300 }), `${first} left`],
    ['a way back to waiting', () => table.put(first, { status: 'pending', updatedAt: table.now - 300 }), `${first} left`],
    ['a loss', () => void table.rows.delete(first), `${first} left`],
    ['a row that no Job can show', () => void table.unreadable.add(first), `${first} left`],
  ])('finds %s whatever the stamp says, and reads nothing by key for it', async (_, change, hint) => {
    change();
    await look.look(never);
    expect(told).toEqual([hint]);
    expect(table.looks).toBe(0);
  });

  it('finds a finished row that runs again', async () => {
    table.put(first, { status: 'failed' });
    jobs.process(table, first);
    table.put(first, { status: 'running', updatedAt: table.now - 300 });
    await look.look(never);
    expect(told).toEqual([`${first} started`]);
  });

  it('leaves alone what others run, what waits to be processed, and what is known to be gone', async () => {
    table.put('ee-foreign', { status: 'running' });
    table.put('zz-foreign', { status: 'running' });
    jobs.set(first, undefined);
    jobs.set(second, 'none');
    table.rows.delete(second);
    await look.look(never);
    table.scanned = 0;
    await look.look(never);
    expect(told).toEqual([]);
    expect({ scanned: table.scanned, looks: table.looks }).toEqual({ scanned: 0, looks: 0 });
  });

  it('sees that a job was processed as it was before it moved on', async () => {
    jobs.set(first, undefined);
    const before = table.rows.get(first)?.fingerprint;
    table.put(first, { status: 'running', progress: 5 });
    await look.look(never);
    expect(told).toEqual([]);
    jobs.set(first, before);
    await look.look(never);
    expect(told).toEqual([`${first} progress`]);
  });

  it('fetches 2,000 rows at a time at most', async () => {
    for (const jobId of spreadIds(5_000)) table.put(jobId, { status: 'running' });
    for (const jobId of spreadIds(5_000)) jobs.process(table, jobId);
    table.asked.length = 0;
    await look.look(never);
    expect(table.asked).toEqual(['running-digests', 'scan', 'scan', 'scan']);
    expect(table.scanned).toBe(5_000);
  });
});
