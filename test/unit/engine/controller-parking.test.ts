import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '../../../src/engine/controller.ts';
import type { Outcome } from '../../../src/engine/controller.ts';
import { WorkQueue } from '../../../src/engine/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const DONE: Outcome = { kind: 'done' };

let clock: FakeClock;
let queue: WorkQueue<string>;
let controller: Controller<string>;
let away: boolean;
let slow: number;
let attempts: string[];

beforeEach(async () => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock });
  away = true;
  slow = 0;
  attempts = [];
  controller = new Controller<string>({
    queue,
    clock,
    workers: 1,
    timeoutMs: 30_000,
    probeMs: 15_000,
    reconcile: async (key, { priority }) => {
      attempts.push(`${key}${priority}`);
      const failing = away;
      await clock.sleep(slow);
      if (failing) {
        throw new Error('the other side is away');
      }
      return DONE;
    },
    onError: () => ({ kind: 'park' }),
    onDefect: (defect) => attempts.push(String(defect)),
  });
  controller.start(new AbortController().signal);
  await clock.settle();
});

async function park(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) queue.add(`k${index}`, { priority: index });
  await clock.advance(count * 2);
  attempts = [];
}

describe('parked keys', () => {
  it('cost one timer and one attempt now and then, however many they are', async () => {
    await park(200);
    expect([controller.parked, queue.depth, queue.delayed, clock.timers]).toEqual([200, 0, 0, 1]);
    await clock.advance(60_000);
    expect(attempts).toHaveLength(4);
    expect(controller.parked).toBe(200);
  });

  it('all come back, the urgent first, when the other side does', async () => {
    await park(3);
    away = false;
    controller.unpark();
    expect(controller.parked).toBe(0);
    await clock.advance(10);
    expect(attempts).toEqual(['k22', 'k11', 'k00']);
    expect(clock.timers).toBe(0);
  });

  it('come back by themselves when nobody says so: one goes ahead, the others follow', async () => {
    await park(3);
    away = false;
    await clock.advance(14_000);
    expect(attempts).toEqual([]);
    await clock.advance(1_000);
    expect(attempts).toHaveLength(3);
    expect(controller.parked).toBe(0);
  });

  it('that are added meanwhile are tried, and leave if that goes well', async () => {
    await park(2);
    away = false;
    queue.add('k1');
    await clock.advance(10);
    expect([attempts, controller.parked]).toEqual([['k10'], 1]);
  });

  it('begin without back-off when they come back', async () => {
    queue.addRateLimited('a');
    queue.addRateLimited('a');
    await clock.advance(10);
    expect([controller.parked, queue.failures('a')]).toEqual([1, 0]);
  });

  it('do not include an attempt that failed while the good news came: it is retried, not forgotten', async () => {
    slow = 1_000;
    queue.add('a');
    await clock.advance(500);
    away = false;
    controller.unpark();
    await clock.advance(500);
    expect(controller.parked).toBe(0);
    await clock.advance(1_100);
    expect(attempts).toEqual(['a0', 'a0']);
  });
});
