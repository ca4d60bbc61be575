import { beforeEach, describe, expect, it } from '@jest/globals';
import { ItemBackoff } from '../../../src/engine/backoff.ts';
import { LOW_PRIORITY, WorkQueue } from '../../../src/engine/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let queue: WorkQueue<string>;

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, backoff: new ItemBackoff({ random: () => 0 }) });
});

/** Takes and finishes everything that is ready. */
async function takeAll(): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const item = await queue.get();
    if (item !== undefined) {
      keys.push(item.key);
      queue.done(item.key);
    }
  }
  return keys;
}

describe('order', () => {
  it('is first in, first out', async () => {
    for (const key of ['c', 'a', 'b']) queue.add(key);
    expect(await takeAll()).toEqual(['c', 'a', 'b']);
  });

  it('puts higher priorities first, and what a relist adds last', async () => {
    queue.add('listed', { priority: LOW_PRIORITY });
    queue.add('changed');
    queue.add('finished', { priority: 10 });
    expect(await takeAll()).toEqual(['finished', 'changed', 'listed']);
  });

  it('lifts a waiting key that is added again with a higher priority', async () => {
    for (const key of ['a', 'b', 'c']) queue.add(key, { priority: LOW_PRIORITY });
    queue.add('c', { priority: 5 });
    expect(await queue.get()).toEqual({ key: 'c', priority: 5 });
    expect(await takeAll()).toEqual(['a', 'b']);
  });

  it('does not lower a waiting key that is added again with a lower priority', async () => {
    queue.add('a', { priority: 5 });
    queue.add('b', { priority: 3 });
    queue.add('a', { priority: LOW_PRIORITY });
    expect(await takeAll()).toEqual(['a', 'b']);
  });

  it('lets a lifted key keep its age among its new equals', async () => {
    queue.add('old', { priority: 0 });
    queue.add('young', { priority: 1 });
    queue.add('old', { priority: 1 });
    expect(await takeAll()).toEqual(['old', 'young']);
  });

  it('drains 50,000 keys of mixed priority in order', async () => {
    const expected = Array.from({ length: 50_000 }, (_, index) => ({ key: `k${index}`, priority: (index * 7919) % 5 }));
    for (const { key, priority } of expected) queue.add(key, { priority });
    expected.sort((a, b) => b.priority - a.priority);
    expect(await takeAll()).toEqual(expected.map(({ key }) => key));
  });
});

describe('a key', () => {
  it('waits once, however often it is added', async () => {
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(1);
    expect(await takeAll()).toEqual(['a']);
  });

  it('that is added while it is worked on comes again when that is done, and not before', async () => {
    queue.add('a');
    await queue.get();
    queue.add('a', { priority: 7 });
    const again = queue.get();
    queue.add('b');
    expect(await again).toEqual({ key: 'b', priority: 0 });
    const third = queue.get();
    queue.done('a');
    expect(await third).toEqual({ key: 'a', priority: 7 });
  });

  it('that is added several times while it is worked on comes once, with the highest priority', async () => {
    queue.add('a');
    await queue.get();
    for (const priority of [1, 9, 2]) queue.add('a', { priority });
    queue.done('a');
    expect(queue.depth).toBe(1);
    expect(await queue.get()).toEqual({ key: 'a', priority: 9 });
  });

  it('that nobody took cannot be done', () => {
    expect(() => queue.done('a')).toThrow('not being worked on');
  });
});

describe('a delay', () => {
  it('keeps a key back until its time', async () => {
    queue.add('a', { afterMs: 1_000 });
    await clock.advance(999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(await takeAll()).toEqual(['a']);
  });

  it('gives way to an earlier one, and to none at all', async () => {
    queue.add('a', { afterMs: 5_000 });
    queue.add('a', { afterMs: 1_000 });
    queue.add('a', { afterMs: 3_000 });
    await clock.advance(1_000);
    expect(await takeAll()).toEqual(['a']);
    queue.add('b', { afterMs: 5_000 });
    queue.add('b');
    expect(await takeAll()).toEqual(['b']);
    await clock.advance(10_000);
    expect(queue.depth).toBe(0);
  });

  it('costs one timer for all keys, and none when nothing waits', async () => {
    for (let index = 0; index < 1_000; index += 1) queue.add(`k${index}`, { afterMs: 1_000 + (index % 10) });
    expect(clock.timers).toBe(1);
    await clock.advance(2_000);
    expect(queue.depth).toBe(1_000);
    expect(clock.timers).toBe(0);
  });

  it('that ends while the key is worked on does not give it to a second worker', async () => {
    queue.add('a');
    await queue.get();
    queue.add('a', { afterMs: 100 });
    const next = queue.get();
    await clock.advance(100);
    expect(queue.depth).toBe(1);
    expect(queue.processing).toBe(1);
    queue.done('a');
    expect(await next).toEqual({ key: 'a', priority: 0 });
  });

  it('that is not over when the key is done goes on', async () => {
    queue.add('a');
    await queue.get();
    queue.add('a', { afterMs: 100 });
    queue.done('a');
    expect(queue.depth).toBe(0);
    await clock.advance(100);
    expect(queue.depth).toBe(1);
  });

  it('wakes somebody who waits', async () => {
    const waiting = queue.get();
    queue.add('a', { afterMs: 100 });
    await clock.advance(100);
    expect(await waiting).toEqual({ key: 'a', priority: 0 });
  });

  it('must be a number, like a priority', () => {
    expect(() => queue.add('a', { afterMs: Number.NaN })).toThrow(RangeError);
    expect(() => queue.add('a', { priority: Number.NaN })).toThrow(RangeError);
  });
});

describe('a rate-limited key', () => {
  it('comes later each time, until it is forgotten', async () => {
    for (const wait of [5, 10, 20]) {
      queue.addRateLimited('a');
      await clock.advance(wait - 1);
      expect(queue.depth).toBe(0);
      await clock.advance(1);
      expect(await takeAll()).toEqual(['a']);
    }
    expect(queue.failures('a')).toBe(3);
    queue.forget('a');
    queue.addRateLimited('a');
    await clock.advance(5);
    expect(queue.depth).toBe(1);
  });

  it('keeps its priority', async () => {
    queue.addRateLimited('a', 4);
    await clock.advance(5);
    expect(await queue.get()).toEqual({ key: 'a', priority: 4 });
  });
});

describe('whoever waits for a key', () => {
  it('gets nothing once the signal has aborted, and takes no key along', async () => {
    const abort = new AbortController();
    const waiting = queue.get(abort.signal);
    abort.abort();
    expect(await waiting).toBeUndefined();
    queue.add('a');
    expect(await queue.get(abort.signal)).toBeUndefined();
    expect(await takeAll()).toEqual(['a']);
  });

  it('is served in the order of asking', async () => {
    const first = queue.get();
    const second = queue.get();
    queue.add('a');
    queue.add('b');
    expect([(await first)?.key, (await second)?.key]).toEqual(['a', 'b']);
  });
});

describe('shutting down', () => {
  it('sends everybody home, drops what waits and ignores what comes', async () => {
    const waiting = queue.get();
    queue.add('delayed', { afterMs: 1_000 });
    queue.shutDown();
    expect(await waiting).toBeUndefined();
    queue.add('late');
    queue.addRateLimited('late');
    expect(await queue.get()).toBeUndefined();
    expect([queue.depth, queue.delayed, clock.timers]).toEqual([0, 0, 0]);
  });

  it('can wait for what is being worked on', async () => {
    queue.add('a');
    await queue.get();
    queue.add('a');
    let drained = false;
    const draining = queue.drain().then(() => (drained = true));
    await clock.settle();
    expect(drained).toBe(false);
    queue.done('a');
    await draining;
    expect(queue.depth).toBe(0);
    await queue.drain();
  });
});
