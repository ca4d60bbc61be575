import { describe, expect, it } from '@jest/globals';
import { Availability } from '../../../src/database/availability.ts';
import { OperatorError } from '../../../src/errors.ts';

function setUp() {
  const told: string[] = [];
  const availability = new Availability({ onUp: () => void told.push('up'), onDown: (error) => void told.push(error.code) });
  return { availability, told };
}

describe('the availability of the database', () => {
  it('is not down before anybody has asked', () => {
    expect(setUp().availability.isDown()).toBe(false);
  });

  it('is told once when it goes and once when it comes back', () => {
    const { availability, told } = setUp();
    const away = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    availability.note(undefined);
    availability.note(away);
    availability.note(away);
    expect(availability.isDown()).toBe(true);
    expect(availability.error).toBe(away);
    availability.note(undefined);
    availability.note(undefined);
    expect(availability.isDown()).toBe(false);
    expect(told).toEqual(['up', 'DATABASE_UNAVAILABLE', 'up']);
  });

  it('counts a refused login as away, and a refused statement as an answer', () => {
    const { availability, told } = setUp();
    availability.note(new OperatorError('DATABASE_LOGIN_REFUSED', 'no'));
    expect(availability.isDown()).toBe(true);
    for (const code of ['ROW_REFUSED', 'DATABASE_BUSY', 'DATABASE_READ_ONLY', 'DATABASE_REFUSED'] as const) {
      availability.note(new OperatorError(code, 'no'));
      expect(availability.isDown()).toBe(false);
    }
    expect(told).toEqual(['DATABASE_LOGIN_REFUSED', 'up']);
  });
});
