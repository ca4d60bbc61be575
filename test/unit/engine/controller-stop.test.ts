import { beforeEach, describe, expect, it } from '@jest/globals';
import { ItemBackoff } from '../../../src/engine/backoff.ts';
import { Controller, ControllerStopped } from '../../../src/engine/controller.ts';
import type { Outcome, ReconcileContext } from '../../../src/engine/controller.ts';
import { WorkQueue } from '../../../src/engine/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const DONE: Outcome = { kind: 'done' };

let clock: FakeClock;
let queue: WorkQueue<string>;
let term: AbortController;
let started: string[];
let errors: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  queue = new WorkQueue({ clock, backoff: new ItemBackoff({ random: () => 0 }) });
  term = new AbortController();
  started = [];
  errors = [];
});

function controllerOf(reconcile: (context: ReconcileContext) => Promise<Outcome>): Controller<string> {
  return new Controller<string>({
    queue,
    clock,
    workers: 1,
    timeoutMs: 300_000,
    reconcile: (key, context) => {
      started.push(key);
      return reconcile(context);
    },
    onError: (error) => {
      errors.push(error);
      return { kind: 'retry' };
    },
    onDefect: (defect) => errors.push(defect),
  });
}

const untilCut = ({ signal }: ReconcileContext): Promise<Outcome> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('the end of a term', () => {
  it('lets no new work begin and the work under way end', async () => {
    const controller = controllerOf(() => clock.sleep(1_000).then(() => DONE));
    controller.start(term.signal);
    queue.add('a');
    queue.add('b');
    await clock.settle();
    term.abort();
    await clock.advance(5_000);
    expect([started, queue.depth, controller.activeWorkers]).toEqual([['a'], 1, 0]);
  });

  it('can be followed by another, which finds what was left', async () => {
    const controller = controllerOf(() => Promise.resolve(DONE));
    controller.start(term.signal);
    term.abort();
    await clock.settle();
    queue.add('a');
    await clock.settle();
    expect(started).toEqual([]);
    controller.start(new AbortController().signal);
    await clock.settle();
    expect(started).toEqual(['a']);
  });

  it('is over at once when the signal has aborted before', async () => {
    const controller = controllerOf(() => Promise.resolve(DONE));
    queue.add('a');
    controller.start(AbortSignal.abort());
    await clock.settle();
    expect(started).toEqual([]);
    expect(await controller.stop(1_000)).toEqual([]);
  });
});

describe('stopping', () => {
  it('waits for the work under way, and no longer than that', async () => {
    const controller = controllerOf(() => clock.sleep(1_000).then(() => DONE));
    controller.start(term.signal);
    queue.add('a');
    await clock.settle();
    const stopped = controller.stop(10_000);
    await clock.advance(1_000);
    expect(await stopped).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('cuts the work short before the deadline, and keeps its key for the next term without calling it an error', async () => {
    const controller = controllerOf(untilCut);
    controller.start(term.signal);
    queue.add('a', { priority: 3 });
    await clock.settle();
    const stopped = controller.stop(10_000);
    await clock.advance(8_000);
    expect(await stopped).toEqual([]);
    expect(errors).toEqual([]);
    expect(await queue.get()).toEqual({ key: 'a', priority: 3 });
  });

  it('cuts it short at once when the lease is lost', async () => {
    const reasons: unknown[] = [];
    const controller = controllerOf((context) => {
      context.signal.addEventListener('abort', () => reasons.push(context.signal.reason));
      return untilCut(context);
    });
    controller.start(term.signal);
    queue.add('a');
    await clock.settle();
    const stopped = controller.stop(10_000, { abortAfterMs: 0 });
    await clock.advance(0);
    expect(await stopped).toEqual([]);
    expect(reasons).toEqual([new ControllerStopped()]);
  });

  it('gives up at the deadline on what does not listen, names it, and refuses another term while it lasts', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const controller = controllerOf(() => promise);
    controller.start(term.signal);
    queue.add('a');
    await clock.settle();
    const stopped = controller.stop(10_000);
    await clock.advance(10_000);
    expect(await stopped).toEqual(['a']);
    expect(() => controller.start(new AbortController().signal)).toThrow('still running');
    resolve(DONE);
    await clock.settle();
    controller.start(new AbortController().signal);
  });

  it('still treats an error that has nothing to do with it as one', async () => {
    const controller = controllerOf(() => clock.sleep(100).then(() => Promise.reject(new Error('no'))));
    controller.start(term.signal);
    queue.add('a');
    await clock.settle();
    const stopped = controller.stop(10_000);
    await clock.advance(100);
    await stopped;
    expect(errors).toEqual([new Error('no')]);
  });

  it('does nothing to a controller that does not run', async () => {
    expect(await controllerOf(() => Promise.resolve(DONE)).stop(1_000)).toEqual([]);
  });
});
