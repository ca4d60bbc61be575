import { beforeEach, describe, expect, it } from '@jest/globals';
import { ItemBackoff } from '../../../src/engine/backoff.ts';
import { Controller } from '../../../src/engine/controller.ts';
import type { ControllerOptions, ErrorVerdict, Outcome, ReconcileContext } from '../../../src/engine/controller.ts';
import { DeadlineExceeded } from '../../../src/engine/deadline.ts';
import { WorkQueue } from '../../../src/engine/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const DONE: Outcome = { kind: 'done' };

let clock: FakeClock;
let queue: WorkQueue<string>;
let term: AbortController;
let results: string[];
let defects: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, backoff: new ItemBackoff({ random: () => 0 }) });
  term = new AbortController();
  results = [];
  defects = [];
});

function start(options: Partial<ControllerOptions<string>>): Controller<string> {
  const controller = new Controller<string>({
    queue,
    clock,
    workers: 2,
    timeoutMs: 30_000,
    reconcile: () => Promise.resolve(DONE),
    onError: () => ({ kind: 'retry' }),
    onDefect: (defect) => defects.push(defect),
    observer: { onReconciled: (result, seconds) => results.push(`${result} ${seconds}`) },
    ...options,
  });
  controller.start(term.signal);
  return controller;
}

/** Notes the time of each attempt; the first `times` of them fail. */
function failing(verdict: ErrorVerdict, times = Infinity): { attempts: number[]; options: Partial<ControllerOptions<string>> } {
  const attempts: number[] = [];
  const reconcile = (): Promise<Outcome> => {
    attempts.push(clock.monotonic() - 1_000);
    return attempts.length > times ? Promise.resolve(DONE) : Promise.reject(new Error('no'));
  };
  return { attempts, options: { reconcile, onError: () => verdict } };
}

const listening = (_key: string, { signal }: ReconcileContext): Promise<Outcome> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('a worker', () => {
  it('reconciles every key, each attempt with an id of its own', async () => {
    const seen: [string, number][] = [];
    const ids = new Set<string>();
    start({
      reconcile: (key, { reconcileId, priority }) => {
        ids.add(reconcileId);
        seen.push([key, priority]);
        return Promise.resolve(DONE);
      },
    });
    queue.add('a');
    queue.add('b', { priority: 3 });
    await clock.settle();
    expect(seen).toEqual([['a', 0], ['b', 3]]);
    expect(ids.size).toBe(2);
    expect(results).toEqual(['success 0', 'success 0']);
  });

  it('leaves room for timers and sockets, however long the queue is', async () => {
    for (let index = 0; index < 5_000; index += 1) queue.add(`k${index}`);
    start({});
    await clock.settle();
    expect(results.length).toBeGreaterThan(0);
    expect(results.length).toBeLessThan(5_000);
    term.abort();
  });

  it('is one of so many', async () => {
    const controller = start({ reconcile: () => clock.sleep(1_000).then(() => DONE) });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.settle();
    expect([controller.activeWorkers, queue.depth]).toEqual([2, 1]);
    await clock.advance(1_000);
    expect([controller.activeWorkers, queue.depth]).toEqual([1, 0]);
  });

  it('never works on a key that another one is working on', async () => {
    let active = 0;
    let most = 0;
    start({
      reconcile: async () => {
        active += 1;
        most = Math.max(most, active);
        await clock.sleep(10);
        active -= 1;
        return DONE;
      },
    });
    for (let times = 0; times < 5; times += 1) {
      queue.add('a');
      await clock.advance(3);
    }
    await clock.advance(100);
    expect([most, results.length]).toEqual([1, 3]);
  });
});

describe('what a reconcile asks for', () => {
  it('is another look after some time, with the same priority and without back-off', async () => {
    const seen: number[] = [];
    const start0 = clock.monotonic();
    start({
      reconcile: (_key, { priority }) => {
        seen.push(priority, clock.monotonic() - start0);
        return Promise.resolve(seen.length < 6 ? { kind: 'requeue', afterMs: 1_000 } : DONE);
      },
    });
    queue.add('a', { priority: 4 });
    await clock.advance(10_000);
    expect(seen).toEqual([4, 0, 4, 1_000, 4, 2_000]);
    expect(results).toEqual(['requeue_after 0', 'requeue_after 0', 'success 0']);
    expect(queue.failures('a')).toBe(0);
  });

  it('backs off when that time is zero, so that there is no hot loop', async () => {
    start({ reconcile: () => Promise.resolve({ kind: 'requeue', afterMs: 0 }) });
    queue.add('a');
    await clock.advance(60_000);
    expect(results.length).toBeLessThan(20);
    expect(results[0]).toBe('requeue 0');
  });
});

describe('an error', () => {
  it('is retried with growing back-off, which success ends', async () => {
    const { attempts, options } = failing({ kind: 'retry' }, 3);
    start(options);
    queue.add('a');
    await clock.advance(1_000);
    expect(attempts).toEqual([0, 5, 15, 35]);
    expect(results).toEqual(['error 0', 'error 0', 'error 0', 'success 0']);
    expect(queue.failures('a')).toBe(0);
  });

  it('is retried when the other side said, if it did', async () => {
    const { attempts, options } = failing({ kind: 'after', afterMs: 7_000 }, 1);
    start(options);
    queue.add('a');
    await clock.advance(10_000);
    expect(attempts).toEqual([0, 7_000]);
  });

  it('that is terminal leaves the key alone until it is added again', async () => {
    const { attempts, options } = failing({ kind: 'terminal' });
    start(options);
    queue.add('a');
    await clock.advance(3_600_000);
    expect(attempts).toEqual([0]);
    queue.add('a');
    await clock.settle();
    expect(attempts).toHaveLength(2);
  });

  it('is shown to the policy with all that a log line needs', async () => {
    const contexts: unknown[] = [];
    start({
      newReconcileId: () => 'id',
      reconcile: () => clock.sleep(250).then(() => Promise.reject(new Error('no'))),
      onError: (error, key, { reconcileId, failures, seconds, priority }) => {
        contexts.push([error, key, reconcileId, failures, seconds, priority]);
        return { kind: 'retry' };
      },
    });
    queue.add('a', { priority: 2 });
    await clock.advance(600);
    expect(contexts).toEqual([
      [new Error('no'), 'a', 'id', 0, 0.25, 2],
      [new Error('no'), 'a', 'id', 1, 0.25, 2],
    ]);
  });

  it('that is thrown before the first await is one as well', async () => {
    start({
      reconcile: () => {
        throw new Error('at once');
      },
      onError: () => ({ kind: 'terminal' }),
    });
    queue.add('a');
    await clock.settle();
    expect(results).toEqual(['error 0']);
  });

  it('of the policy itself is reported, and the key retried', async () => {
    const bug = new Error('a bug in the policy');
    const { attempts, options } = failing({ kind: 'retry' }, 1);
    start({
      ...options,
      onError: () => {
        throw bug;
      },
    });
    queue.add('a');
    await clock.advance(5);
    expect(attempts).toHaveLength(2);
    expect(defects).toEqual([bug]);
  });

  it('of the observer is reported, and the worker goes on', async () => {
    const bug = new Error('a bug in the observer');
    start({
      workers: 1,
      observer: {
        onReconciled: () => {
          throw bug;
        },
      },
    });
    queue.add('a');
    queue.add('b');
    await clock.settle();
    expect(defects).toEqual([bug, bug]);
    expect([queue.depth, queue.processing]).toEqual([0, 0]);
  });
});

describe('a reconcile that hangs', () => {
  it('gets its signal aborted after the time-out, and is an error like any other', async () => {
    const errors: unknown[] = [];
    start({
      reconcile: listening,
      onError: (error) => {
        errors.push(error);
        return { kind: 'terminal' };
      },
    });
    queue.add('a');
    await clock.advance(29_999);
    expect(errors).toEqual([]);
    await clock.advance(1);
    expect(errors).toEqual([new DeadlineExceeded('a reconcile', 30_000)]);
  });

  it('shows, if it does not listen, and keeps its key from everybody else', async () => {
    const controller = start({ reconcile: () => new Promise<never>(() => undefined) });
    const startedAt = clock.monotonic();
    queue.add('a');
    await clock.advance(60_000);
    queue.add('a');
    await clock.advance(60_000);
    expect([controller.oldestStart(), controller.activeWorkers, queue.depth]).toEqual([startedAt, 1, 1]);
  });

  it('shows in the liveness signal only when no worker is free any more', async () => {
    const controller = start({ reconcile: () => new Promise<never>(() => undefined) });
    queue.add('a');
    await clock.advance(60_000);
    expect(controller.lastTurn()).toBe(clock.monotonic());
    queue.add('b');
    await clock.settle();
    const lastFree = clock.monotonic();
    await clock.advance(60_000);
    expect(controller.lastTurn()).toBe(lastFree);
  });

  it('leaves no timer behind when it ends in time', async () => {
    start({ reconcile: () => clock.sleep(100).then(() => DONE) });
    queue.add('a');
    await clock.advance(100);
    expect(clock.timers).toBe(0);
  });
});

it('refuses to have no workers', () => {
  expect(() => start({ workers: 0 })).toThrow(RangeError);
});
