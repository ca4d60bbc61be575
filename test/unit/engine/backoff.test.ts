import { describe, expect, it } from '@jest/globals';
import { ItemBackoff, LoopBackoff } from '../../../src/engine/backoff.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const never = (): number => 0;
const always = (): number => 0.999_999;

describe('the back-off of a key', () => {
  it('doubles from 5 ms up to 30 s', () => {
    const backoff = new ItemBackoff<string>({ random: never });
    const delays = Array.from({ length: 15 }, () => backoff.next('a'));
    expect(delays.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(delays.slice(12)).toEqual([20_480, 30_000, 30_000]);
  });

  it('stays at the cap however often a key fails', () => {
    const backoff = new ItemBackoff<string>({ random: never });
    for (let failures = 0; failures < 2_000; failures += 1) {
      backoff.next('a');
    }
    expect(backoff.next('a')).toBe(30_000);
  });

  it('takes up to a fifth off at random and never adds', () => {
    expect(new ItemBackoff<string>({ random: always, baseMs: 100 }).next('a')).toBeCloseTo(80, 2);
  });

  it('counts each key for itself, and forgets one on request', () => {
    const backoff = new ItemBackoff<string>({ random: never });
    backoff.next('a');
    backoff.next('a');
    expect(backoff.next('b')).toBe(5);
    expect(backoff.failures('a')).toBe(2);
    backoff.forget('a');
    expect(backoff.failures('a')).toBe(0);
    expect(backoff.next('a')).toBe(5);
  });
});

describe('the back-off of a loop', () => {
  it('doubles from 0.8 s up to 30 s and counts its attempts', () => {
    const backoff = new LoopBackoff({ clock: new FakeClock(), random: never });
    const steps = Array.from({ length: 8 }, () => backoff.next());
    expect(steps.map((step) => step.delayMs)).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    expect(steps.map((step) => step.attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('adds up to the same again at random', () => {
    expect(new LoopBackoff({ clock: new FakeClock(), random: always }).next().delayMs).toBeCloseTo(1_600, 1);
  });

  it('begins anew after two minutes without a step, the waiting not counted', async () => {
    const clock = new FakeClock();
    const backoff = new LoopBackoff({ clock, random: never });
    backoff.next();
    const { delayMs } = backoff.next();
    await clock.advance(delayMs + 119_000);
    expect(backoff.next().attempt).toBe(3);
    await clock.advance(3_200 + 121_000);
    expect(backoff.next()).toEqual({ attempt: 1, delayMs: 800 });
  });
});
