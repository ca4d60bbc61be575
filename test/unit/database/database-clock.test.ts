import { describe, expect, it } from '@jest/globals';
import { createDatabaseClock } from '../../../src/database/database-clock.ts';

describe("the database's clock", () => {
  it('is unknown before the first reading', () => {
    expect(createDatabaseClock().at(0)).toBeUndefined();
  });

  it('goes on from the last reading, from the moment that its answer arrived', () => {
    const clock = createDatabaseClock();
    clock.note(1_700_000_000.5, 1_000);
    expect(clock.at(1_000)).toBe(1_700_000_000.5);
    expect(clock.at(3_500)).toBe(1_700_000_003);
  });

  it('gives an earlier moment an earlier time, so that a late reading stretches no deadline', () => {
    const clock = createDatabaseClock();
    clock.note(1_700_000_010, 10_000);
    expect(clock.at(4_000)).toBe(1_700_000_004);
  });

  it('follows a clock that was set back, and no answer that was overtaken', () => {
    const clock = createDatabaseClock();
    clock.note(1_700_000_100, 2_000);
    clock.note(1_700_000_000, 3_000);
    clock.note(1_700_000_099, 1_500);
    expect(clock.at(3_000)).toBe(1_700_000_000);
  });
});
