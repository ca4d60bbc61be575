import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../../src/engine/clock.ts';

const DAY_MS = 86_400_000;

describe('the system clock', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('fires a timer after its time and not before', () => {
    const fired = jest.fn();
    systemClock.setTimer(1_000, fired);
    jest.advanceTimersByTime(999);
    expect(fired).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('waits longer than the 24.8 days that Node itself can wait', () => {
    const fired = jest.fn();
    systemClock.setTimer(60 * DAY_MS, fired);
    jest.advanceTimersByTime(60 * DAY_MS - 1);
    expect(fired).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('cancels a long timer in each of its legs', () => {
    const fired = jest.fn();
    const timer = systemClock.setTimer(60 * DAY_MS, fired);
    jest.advanceTimersByTime(30 * DAY_MS);
    timer.cancel();
    jest.advanceTimersByTime(90 * DAY_MS);
    expect(fired).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('refuses a delay that is no number instead of firing at once', () => {
    expect(() => systemClock.setTimer(Number.NaN, () => undefined)).toThrow(RangeError);
  });

  it('ends a sleep when its signal aborts, and leaves no timer behind', async () => {
    const abort = new AbortController();
    const slept = systemClock.sleep(DAY_MS, abort.signal);
    abort.abort();
    await slept;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not sleep at all for a signal that has aborted', async () => {
    await systemClock.sleep(DAY_MS, AbortSignal.abort());
    expect(jest.getTimerCount()).toBe(0);
  });
});
