import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Event } from '../../../src/engine/event.ts';
import { EventRecorder } from '../../../src/engine/event-recorder.ts';
import type { EventRecorderOptions } from '../../../src/engine/event-recorder.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const TERMINATING = new Error('403: the namespace is being terminated');

let clock: FakeClock;
let sent: Event[];
let fates: Record<string, number>;
let failures: unknown[];
let answer: (event: Event, signal: AbortSignal) => Promise<void>;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  fates = {};
  failures = [];
  answer = () => Promise.resolve();
});

function recorderOf(options: Partial<EventRecorderOptions> = {}): EventRecorder {
  return new EventRecorder({
    sink: {
      create: async (event, signal) => {
        await answer(event, signal);
        sent.push(event);
      },
    },
    reporter: { controller: 'example.com/operator', instance: 'pod-1' },
    clock,
    isRefusal: (error) => error === TERMINATING,
    onFate: (fate, error) => {
      fates[fate] = (fates[fate] ?? 0) + 1;
      if (error !== undefined) failures.push(error);
    },
    random: () => 0,
    ...options,
  });
}

function record(recorder: EventRecorder, uid: string, namespace = 'team', type: 'Normal' | 'Warning' = 'Normal'): void {
  const regarding = { apiVersion: 'example.com/v1', kind: 'Thing', namespace, name: uid, uid };
  recorder.record({ regarding, type, reason: 'Happened', action: 'Reconcile', note: 'it happened' });
}

describe('recording', () => {
  it('sends an event at once, with the time of the call', async () => {
    const at = clock.now();
    record(recorderOf(), 'a');
    await clock.settle();
    expect(sent.map(({ eventTime }) => eventTime)).toEqual([new Date(at).toISOString().replace('Z', '000Z')]);
    expect(fates).toEqual({ sent: 1 });
  });

  it('keeps a flood to a hundred at once and five a second, some of them together', async () => {
    const recorder = recorderOf();
    for (let index = 0; index < 110; index += 1) {
      record(recorder, `u${index}`);
      await clock.settle();
    }
    expect(sent).toHaveLength(100);
    await clock.advance(190);
    expect(sent).toHaveLength(100);
    await clock.advance(20);
    expect(sent).toHaveLength(101);
    await clock.advance(500);
    expect(sent).toHaveLength(103);
    await clock.advance(1_400);
    expect(sent.map(({ regarding }) => regarding.uid)).toEqual(Array.from({ length: 110 }, (_, index) => `u${index}`));
    expect(clock.timers).toBe(0);
  });

  it('drops the oldest when more than ten wait, and counts them', async () => {
    const recorder = recorderOf({ burst: 1, perSecond: 1 });
    for (let index = 0; index < 21; index += 1) record(recorder, `u${index}`);
    expect(recorder.waiting).toBe(10);
    await clock.advance(1_000);
    expect(fates).toEqual({ overflow: 10, sent: 2 });
    expect(sent.map(({ regarding }) => regarding.uid)).toEqual(['u0', 'u11']);
  });

  it('drops none of those that may be sent at once, although they wait for requests under way', async () => {
    const held = Promise.withResolvers<undefined>();
    answer = () => held.promise;
    const recorder = recorderOf();
    for (let index = 0; index < 111; index += 1) record(recorder, `u${index}`);
    expect([recorder.waiting, fates]).toEqual([108, { overflow: 1 }]);
    held.resolve(undefined);
    await clock.advance(10_000);
    expect(fates).toEqual({ overflow: 1, sent: 110 });
  });

  it('keeps no more than ten when warnings have taken what could be sent at once', async () => {
    const held = Promise.withResolvers<undefined>();
    answer = () => held.promise;
    const recorder = recorderOf({ burst: 20, perSecond: 0.01 });
    for (let index = 0; index < 20; index += 1) record(recorder, `u${index}`);
    for (let index = 0; index < 18; index += 1) record(recorder, `bad${index}`, 'team', 'Warning');
    held.resolve(undefined);
    await clock.settle();
    record(recorder, 'last');
    expect([recorder.waiting, fates]).toEqual([10, { sent: 20, overflow: 9 }]);
  });

  it('drops no warning for anything else, and sends it first', async () => {
    const recorder = recorderOf({ burst: 1, perSecond: 1 });
    record(recorder, 'first');
    record(recorder, 'bad', 'team', 'Warning');
    for (let index = 0; index < 500; index += 1) record(recorder, `u${index}`);
    record(recorder, 'worse', 'team', 'Warning');
    await clock.advance(3_000);
    expect(sent.map(({ regarding }) => regarding.uid)).toEqual(['first', 'bad', 'worse', 'u490']);
  });

  it('drops the oldest warning when more than a thousand wait', async () => {
    const recorder = recorderOf({ burst: 1, perSecond: 1 });
    for (let index = 0; index < 1_011; index += 1) record(recorder, `u${index}`, 'team', 'Warning');
    expect(recorder.waiting).toBe(1_000);
    await clock.settle();
    expect(fates).toEqual({ overflow: 10, sent: 1 });
  });

  it('has no more than two requests under way', async () => {
    let active = 0;
    let most = 0;
    answer = async () => {
      active += 1;
      most = Math.max(most, active);
      await clock.sleep(100);
      active -= 1;
    };
    const recorder = recorderOf();
    for (let index = 0; index < 10; index += 1) record(recorder, `u${index}`);
    await clock.advance(500);
    expect([most, sent.length]).toEqual([2, 10]);
  });
});

describe('one object', () => {
  it('gets 25 events, and one more every five minutes', async () => {
    const recorder = recorderOf();
    for (let times = 0; times < 40; times += 1) record(recorder, 'a');
    record(recorder, 'b');
    await clock.settle();
    expect(fates).toEqual({ sent: 26, spam: 15 });
    await clock.advance(300_000);
    record(recorder, 'a');
    record(recorder, 'a');
    await clock.settle();
    expect(fates).toEqual({ sent: 27, spam: 16 });
  });

  it('is forgotten when many others have been heard of since', async () => {
    const recorder = recorderOf({ spam: { burst: 1, capacity: 2 } });
    for (const uid of ['a', 'b', 'a', 'c', 'b', 'a']) record(recorder, uid);
    await clock.settle();
    // c pushes b out (a was heard of later), then b pushes a out, so only the second a is spam.
    expect(fates).toEqual({ spam: 1, sent: 5 });
  });
});

describe('an event that is not taken', () => {
  it('is tried once more, a second later', async () => {
    const errors = [new Error('500')];
    answer = () => {
      const error = errors.shift();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    };
    record(recorderOf(), 'a');
    await clock.advance(999);
    expect(fates).toEqual({});
    await clock.advance(1);
    expect(fates).toEqual({ sent: 1 });
  });

  it('the second time either is dropped, with its error, and the next one has its turn', async () => {
    answer = ({ regarding }) => (regarding.uid === 'bad' ? Promise.reject(new Error('500')) : Promise.resolve());
    const recorder = recorderOf({ concurrency: 1 });
    record(recorder, 'bad');
    record(recorder, 'good');
    await clock.advance(1_000);
    expect(fates).toEqual({ failed: 1, sent: 1 });
    expect(failures).toEqual([new Error('500')]);
  });

  it('because its namespace is going away is dropped without a word', async () => {
    answer = () => Promise.reject(TERMINATING);
    record(recorderOf(), 'a');
    await clock.settle();
    expect(fates).toEqual({ refused: 1 });
    expect(failures).toEqual([]);
  });
});

describe('a namespace that is going away', () => {
  let attempts: string[];

  beforeEach(() => {
    attempts = [];
    answer = ({ metadata: { namespace } }) => {
      attempts.push(namespace);
      return namespace === 'leaving' ? Promise.reject(TERMINATING) : Promise.resolve();
    };
  });

  it('is not told of anything else for a minute, whatever waits already', async () => {
    const recorder = recorderOf({ concurrency: 1 });
    for (let index = 0; index < 100; index += 1) record(recorder, `u${index}`, 'leaving');
    await clock.settle();
    record(recorder, 'late', 'leaving');
    await clock.settle();
    expect(attempts).toEqual(['leaving']);
    expect(fates).toEqual({ refused: 101 });
    await clock.advance(60_000);
    record(recorder, 'later', 'leaving');
    await clock.settle();
    expect(attempts).toHaveLength(2);
  });

  it('takes no place of the others', async () => {
    const recorder = recorderOf({ burst: 1, perSecond: 1 });
    record(recorder, 'first', 'leaving');
    await clock.settle();
    record(recorder, 'other', 'staying');
    for (let index = 0; index < 500; index += 1) record(recorder, `u${index}`, 'leaving');
    await clock.advance(1_000);
    expect(sent.map(({ regarding }) => regarding.uid)).toEqual(['other']);
  });

  it('takes no turn of the others', async () => {
    const recorder = recorderOf({ concurrency: 1, burst: 2, perSecond: 0.01 });
    for (let index = 0; index < 500; index += 1) record(recorder, `u${index}`, 'leaving');
    record(recorder, 'other', 'staying');
    await clock.settle();
    expect(sent.map(({ regarding }) => regarding.uid)).toEqual(['other']);
  });
});

describe('stopping', () => {
  it('sends what waits, if there is time', async () => {
    const recorder = recorderOf({ burst: 10, perSecond: 50 });
    for (let index = 0; index < 20; index += 1) record(recorder, `u${index}`);
    const stopped = recorder.stop(2_000);
    await clock.advance(200);
    await stopped;
    expect(fates).toEqual({ sent: 20 });
    expect(clock.timers).toBe(0);
  });

  it('drops at the deadline what is left, and cuts short what is under way', async () => {
    answer = (_event, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const recorder = recorderOf();
    for (let index = 0; index < 20; index += 1) record(recorder, `u${index}`);
    const stopped = recorder.stop(2_000);
    await clock.advance(2_000);
    await stopped;
    await clock.settle();
    expect(fates).toEqual({ stopped: 20 });
    expect(clock.timers).toBe(0);
  });

  it('does not wait beyond the deadline for a token or for a second attempt', async () => {
    let attempts = 0;
    answer = () => {
      attempts += 1;
      return Promise.reject(new Error('500'));
    };
    const recorder = recorderOf({ burst: 1, perSecond: 0.01 });
    record(recorder, 'a');
    record(recorder, 'b');
    const stopped = recorder.stop(500);
    await clock.advance(500);
    await stopped;
    await clock.settle();
    expect([attempts, clock.timers]).toEqual([1, 0]);
    expect(fates).toEqual({ stopped: 2 });
  });

  it('takes nothing more', async () => {
    const recorder = recorderOf();
    await recorder.stop(2_000);
    record(recorder, 'a');
    await clock.settle();
    expect(fates).toEqual({ stopped: 1 });
    expect(sent).toEqual([]);
  });
});
