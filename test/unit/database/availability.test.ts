import { describe, expect, it } from '@jest/globals';
import { Availability } from '../../../src/database/availability.ts';
import { OperatorError } from '../../../src/errors.ts';

const AWAY = new OperatorError('DATABASE_UNAVAILABLE', 'away');

/** `note` as the moments (ms) of a statement's begin and end, and how it ended. */
function setUp() {
  const told: string[] = [];
  const availability = new Availability({ onUp: () => void told.push('up'), onDown: (error) => void told.push(error.code) });
  const note = (startedAt: number, endedAt: number, error?: unknown): void => availability.note(error, { startedAt, endedAt });
  return { availability, told, note };
}

/** One that has been answered at 1,000 ms. */
function answered() {
  const one = setUp();
  one.note(990, 1_000);
  return one;
}

describe('the availability of the database', () => {
  it('is not down before anybody has asked', () => {
    expect(setUp().availability.isDown()).toBe(false);
  });

  it('is down at the first failure when nobody was ever answered', () => {
    const { availability, note } = setUp();
    note(10, 11, AWAY);
    expect(availability.isDown()).toBe(true);
  });

  it('is told once when it goes and once when it comes back', () => {
    const { availability, told, note } = answered();
    note(1_100, 1_110, AWAY);
    note(1_115, 1_120, AWAY);
    note(1_130, 1_140, AWAY);
    expect(availability.isDown()).toBe(true);
    expect(availability.error).toBe(AWAY);
    note(2_000, 2_010);
    note(2_000, 2_020);
    expect(availability.isDown()).toBe(false);
    expect(availability.error).toBeUndefined();
    expect(told).toEqual(['up', 'DATABASE_UNAVAILABLE', 'up']);
  });

  it('does not take one broken connection for an outage, nor all of a pool that break at once', () => {
    const { availability, told, note } = answered();
    for (let connection = 0; connection < 10; connection += 1) note(1_100 + connection, 1_200 + connection, AWAY);
    expect(availability.isDown()).toBe(false);
    note(1_215, 1_220);
    note(1_300, 1_310, AWAY);
    expect(availability.isDown()).toBe(false);
    expect(told).toEqual(['up']);
  });

  it('is down when the next one who tries fails as well', () => {
    const { availability, note } = answered();
    note(1_100, 1_200, AWAY);
    note(1_150, 1_210, AWAY);
    expect(availability.isDown()).toBe(false);
    note(1_205, 1_206, AWAY);
    expect(availability.isDown()).toBe(true);
  });

  it('is down at once when somebody has waited long and nobody was answered meanwhile', () => {
    const { availability, note } = answered();
    note(1_100, 21_100, AWAY);
    expect(availability.isDown()).toBe(true);
  });

  it('is up while one statement hangs and others are answered', () => {
    const { availability, note } = answered();
    note(15_000, 15_010);
    note(1_100, 21_100, AWAY);
    expect(availability.isDown()).toBe(false);
  });

  it('counts a refused login as away, and a refused statement as an answer', () => {
    const { availability, told, note } = setUp();
    note(0, 10, new OperatorError('DATABASE_LOGIN_REFUSED', 'no'));
    expect(availability.isDown()).toBe(true);
    for (const code of ['ROW_REFUSED', 'DATABASE_BUSY', 'DATABASE_READ_ONLY', 'DATABASE_REFUSED'] as const) {
      note(20, 30, new OperatorError(code, 'no'));
      expect(availability.isDown()).toBe(false);
    }
    expect(told).toEqual(['DATABASE_LOGIN_REFUSED', 'up']);
  });

  it('is down no more once what was known of it is forgotten, and an answer is told', () => {
    const { availability, told, note } = answered();
    note(1_100, 2_200, AWAY);
    expect(availability.isDown()).toBe(true);
    availability.forget(60_000);
    expect([availability.isDown(), availability.error]).toEqual([false, undefined]);
    note(60_010, 60_020);
    expect(told).toEqual(['up', 'DATABASE_UNAVAILABLE', 'up']);
  });

  it('is down again after that when two who ask fail, and not for one broken connection', () => {
    const { availability, told, note } = answered();
    note(1_100, 2_200, AWAY);
    availability.forget(60_000);
    note(60_010, 60_020, AWAY);
    expect(availability.isDown()).toBe(false);
    note(60_030, 60_040, AWAY);
    expect([availability.isDown(), told]).toEqual([true, ['up', 'DATABASE_UNAVAILABLE', 'DATABASE_UNAVAILABLE']]);
  });

  it('is not doubted for what was asked before that, or failed before that', () => {
    const { availability, note } = answered();
    note(1_100, 1_110, AWAY);
    availability.forget(60_000);
    note(59_000, 79_000, AWAY);
    note(79_010, 79_020, AWAY);
    expect(availability.isDown()).toBe(false);
  });
});
