import { describe, expect, it } from '@jest/globals';
import { Deadline, DeadlineExceeded } from '../../../src/engine/deadline.ts';
import { untilAborted } from '../../../src/engine/until-aborted.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('a deadline', () => {
  it('aborts when its time is over, and says what took too long', async () => {
    const clock = new FakeClock();
    const deadline = new Deadline(clock, 1_000, 'the page');
    await clock.advance(999);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.reason).toEqual(new DeadlineExceeded('the page', 1_000));
  });

  it('begins anew with every touch, on one timer', async () => {
    const clock = new FakeClock();
    const deadline = new Deadline(clock, 1_000, 'the watch');
    for (let touches = 0; touches < 5; touches += 1) {
      await clock.advance(900);
      deadline.touch();
      expect(clock.timers).toBe(1);
    }
    await clock.advance(999);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('aborts with its parent, for the same reason', () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const deadline = new Deadline(clock, 1_000, 'the page', parent.signal);
    const reason = new Error('over and out');
    parent.abort(reason);
    expect(deadline.signal.reason).toBe(reason);
    expect(new Deadline(clock, 1_000, 'the page', parent.signal).signal.reason).toBe(reason);
    expect(clock.timers).toBe(0);
  });

  it('leaves no timer behind once released, and lets go of whoever listens', () => {
    const clock = new FakeClock();
    const deadline = new Deadline(clock, 1_000, 'the page', new AbortController().signal);
    deadline.release();
    expect(clock.timers).toBe(0);
    expect(deadline.signal.aborted).toBe(true);
  });
});

describe('waiting until aborted', () => {
  it('gives the result or the error of what it waits for', async () => {
    const { signal } = new AbortController();
    await expect(untilAborted(Promise.resolve(7), signal)).resolves.toBe(7);
    await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
  });

  it('gives up on what never settles', async () => {
    const abort = new AbortController();
    const waiting = untilAborted(new Promise<never>(() => undefined), abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
