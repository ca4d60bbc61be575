import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChangeReport } from '../../../src/database/change-report.ts';
import { Comparison } from '../../../src/database/comparison.ts';
import { RunningLook } from '../../../src/database/running-look.ts';
import { spreadIds } from '../../support/known-jobs.ts';
import { FakeJobs, FakeTable } from './fake-table.ts';

const never = new AbortController().signal;
const [waits = '', first = '', second = ''] = spreadIds(3);

let table: FakeTable;
let jobs: FakeJobs;
let told: string[];
let look: RunningLook;

beforeEach(() => {
  table = new FakeTable();
  jobs = new FakeJobs();
  told = [];
  const clock = { monotonic: () => 0 };
  const comparison = new Comparison(jobs, new ChangeReport((jobId, kind) => void told.push(`${jobId} ${kind}`)));
  look = new RunningLook({ source: table, watched: jobs, comparison, clock });
  table.put(waits);
  table.put(first, { status: 'running' });
  table.put(second, { status: 'running' });
  for (const jobId of [waits, first, second]) jobs.process(table, jobId);
});

describe('the look at what runs', () => {
  it('says nothing of what runs on, and reads none of it by key', async () => {
    await look.look(3, never);
    expect(told).toEqual([]);
    expect(table.looks).toBe(0);
  });

  it('finds a step by its stamp, and reads nothing by key for it', async () => {
    table.put(first, { status: 'running', progress: 5 });
    await look.look(3, never);
    expect(told).toEqual([`${first} progress`]);
    expect(table.looks).toBe(0);
  });

  it('finds a step of a row without a stamp', async () => {
    table.put(first, { status: 'running', progress: 5, updatedAt: null });
    await look.look(3, never);
    expect(told).toEqual([`${first} progress`]);
  });

  it('finds a step with an old stamp when told to look at all of them', async () => {
    table.put(first, { status: 'running', progress: 5, updatedAt: table.now - 300 });
    await look.look(3, never);
    expect(told).toEqual([]);
    await look.look(undefined, never);
    expect(told).toEqual([`${first} progress`]);
  });

  it.each<[string, () => void, string]>([
    ['a start', () => table.put(waits, { status: 'running', updatedAt: table.now - 300 }), `${waits} started`],
    ['an end', () => table.put(first, { status: 'completed', updatedAt: table.now - 300 }), `${first} left`],
    ['a way back to waiting', () => table.put(first, { status: 'pending', updatedAt: table.now - 300 }), `${first} left`],
    ['a loss', () => void table.rows.delete(first), `${first} left`],
    ['a row that no Job can show', () => void table.unreadable.add(first), `${first} left`],
  ])('finds %s whatever the stamp says, and reads nothing by key for it', async (_, change, hint) => {
    change();
    await look.look(3, never);
    expect(told).toEqual([hint]);
    expect(table.looks).toBe(0);
  });

  it('finds a finished row that runs again', async () => {
    table.put(first, { status: 'failed' });
    jobs.process(table, first);
    table.put(first, { status: 'running', updatedAt: table.now - 300 });
    await look.look(3, never);
    expect(told).toEqual([`${first} started`]);
  });

  it('leaves alone what others run, what waits to be processed, and what is known to be gone', async () => {
    table.put('zz-foreign', { status: 'running' });
    jobs.set(first, undefined);
    jobs.set(second, 'none');
    table.rows.delete(second);
    await look.look(3, never);
    expect(told).toEqual([]);
    expect(table.looks).toBe(0);
  });
});
