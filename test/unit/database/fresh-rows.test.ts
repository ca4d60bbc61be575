import { beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';
import type { DatabaseClock } from '../../../src/database/database-clock.ts';
import { FreshRows } from '../../../src/database/fresh-rows.ts';
import { aRow } from '../job/builders.ts';

let now: number;
let moment: number;
let fresh: FreshRows;
let databaseClock: DatabaseClock;

beforeEach(() => {
  now = 1_000;
  moment = 7;
  databaseClock = createDatabaseClock();
  fresh = new FreshRows({ watched: { moment: () => moment }, databaseClock, clock: { monotonic: () => now } });
});

/** A statement of 5 ms that finds the row. */
function read(row = aRow()): void {
  const question = fresh.ask();
  now += 5;
  fresh.keep(row, fresh.answer(question, 1_700_000_000));
}

describe('a row that the feed has read', () => {
  it('is had once, with the times of its statement', () => {
    read();
    expect(fresh.take(aRow().jobId, 7)).toEqual({ read: { row: aRow(), now: 1_700_000_000 }, sentAt: 1_000, answeredAt: 1_005 });
    expect(fresh.take(aRow().jobId, 7)).toBeUndefined();
  });

  it('is of no use for a version of the Job that became known after it was asked for', () => {
    const question = fresh.ask();
    moment = 8;
    fresh.keep(aRow(), fresh.answer(question, 1_700_000_000));
    expect(fresh.take(aRow().jobId, 8)).toBeUndefined();
  });

  it('is of no use after half a second', () => {
    read();
    now += 496;
    expect(fresh.take(aRow().jobId, 7)).toBeUndefined();
  });

  it('gives way to a later one, which may be too large to be kept', () => {
    read(aRow({ progress: 1 }));
    read(aRow({ progress: 2 }));
    expect(fresh.take(aRow().jobId, 7)?.read.row?.progress).toBe(2);
    read(aRow({ progress: 3 }));
    read(aRow({ progress: 4, result: 'x'.repeat(8_193) }));
    expect(fresh.take(aRow().jobId, 7)).toBeUndefined();
  });

  it('does not give way to an earlier one that was answered later', () => {
    const early = fresh.ask();
    now += 5;
    read(aRow({ progress: 2 }));
    fresh.keep(aRow({ progress: 1 }), fresh.answer(early, 1_700_000_000));
    expect(fresh.take(aRow().jobId, 7)?.read.row?.progress).toBe(2);
  });

  it('is dropped when more becomes known of it, as is one that was asked for before', () => {
    const early = fresh.ask();
    read();
    fresh.drop(aRow().jobId);
    fresh.keep(aRow(), fresh.answer(early, 1_700_000_000));
    expect(fresh.take(aRow().jobId, 7)).toBeUndefined();
  });

  it('is forgotten when nobody comes for it, or when there are very many', () => {
    const count = (): number => Array.from({ length: 1_000 }, (_, index) => fresh.take(`row-${index}`, 7)).filter((row) => row !== undefined).length;
    const answer = fresh.answer(fresh.ask(), 1_700_000_000);
    for (let index = 0; index < 600; index += 1) fresh.keep(aRow({ jobId: `row-${index}` }), answer);
    expect(count()).toBe(500);
    for (let index = 0; index < 100; index += 1) fresh.keep(aRow({ jobId: `row-${index}` }), answer);
    now += 501;
    fresh.forgetOld();
    now -= 501;
    expect(count()).toBe(0);
  });

  it('tells no time when its statement took long', () => {
    const question = fresh.ask();
    now += 1_001;
    fresh.answer(question, 1_700_000_000);
    expect(databaseClock.readAt()).toBeUndefined();
  });

  it('tells the time of the database', () => {
    read();
    expect(databaseClock.at(now)).toBe(1_700_000_000);
  });
});
