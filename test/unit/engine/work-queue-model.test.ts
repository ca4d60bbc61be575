import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ItemBackoff } from '../../../src/engine/backoff.ts';
import { WorkQueue } from '../../../src/engine/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Waiting {
  priority: number;
  dueAt: number;
  /** Set when due and not worked on: the order in which that happened. */
  readyAs: number | undefined;
}

/** The queue as one would write it without a care for speed. */
class Model {
  readonly waiting = new Map<string, Waiting>();
  readonly taken = new Set<string>();
  now = 0;
  #turn = 0;

  add(key: string, priority: number, afterMs: number): void {
    const known = this.waiting.get(key) ?? { priority, dueAt: Infinity, readyAs: undefined };
    known.priority = Math.max(known.priority, priority);
    known.dueAt = Math.min(known.dueAt, this.now + afterMs);
    this.waiting.set(key, known);
    this.promote();
  }

  get(): string | undefined {
    const ready = [...this.waiting].filter(([, { readyAs }]) => readyAs !== undefined);
    ready.sort(([, a], [, b]) => b.priority - a.priority || (a.readyAs ?? 0) - (b.readyAs ?? 0));
    const key = ready[0]?.[0];
    if (key !== undefined) {
      this.waiting.delete(key);
      this.taken.add(key);
    }
    return key;
  }

  done(key: string): void {
    this.taken.delete(key);
    this.promote();
  }

  advance(ms: number): void {
    for (let left = ms; left > 0; left -= 1) {
      this.now += 1;
      this.promote();
    }
  }

  promote(): void {
    for (const [key, entry] of this.waiting) {
      if (entry.readyAs === undefined && entry.dueAt <= this.now && !this.taken.has(key)) {
        entry.readyAs = this.#turn++;
      }
    }
  }

  get depth(): number {
    return [...this.waiting.values()].filter(({ dueAt }) => dueAt <= this.now).length;
  }
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('add' as const), key, priority: fc.integer({ min: -2, max: 2 }), delay: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('get' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('done' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(30) }) },
);

it('behaves like its model under any sequence of add, get, done and time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
      const clock = new FakeClock({ monotonic: 0 });
      const queue = new WorkQueue<string>({ clock, backoff: new ItemBackoff({ random: () => 0 }) });
      const model = new Model();
      const gets: [string | undefined, string | undefined][] = [];
      for (const action of steps) {
        if (action.do === 'add') {
          const afterMs = action.delay === 0 ? 0 : uniqueDelay(model, action.key, action.delay);
          queue.add(action.key, { priority: action.priority, afterMs });
          model.add(action.key, action.priority, afterMs);
        } else if (action.do === 'get') {
          const expected = model.get();
          const got = await queue.get(expected === undefined ? AbortSignal.abort() : undefined);
          gets.push([got?.key, expected]);
        } else if (action.do === 'done' && model.taken.size > 0) {
          const chosen = [...model.taken][action.which % model.taken.size] ?? '';
          queue.done(chosen);
          model.done(chosen);
        } else if (action.do === 'advance') {
          await clock.advance(action.ms);
          model.advance(action.ms);
        }
        expect(queue.depth).toBe(model.depth);
        expect(queue.depth + queue.delayed).toBe(model.waiting.size);
        expect(queue.processing).toBe(model.taken.size);
        expect(clock.timers).toBeLessThanOrEqual(1);
      }
      expect(gets.map(([got]) => got)).toEqual(gets.map(([, expected]) => expected));
    }),
    { numRuns: 150 },
  );
});

/** Some milliseconds at whose end no other key becomes due: the order within one millisecond is nobody's promise. */
function uniqueDelay(model: Model, chosen: string, about: number): number {
  const takenTimes = new Set([...model.waiting].filter(([other]) => other !== chosen).map(([, { dueAt }]) => dueAt));
  let delay = about * 5;
  while (takenTimes.has(model.now + delay)) {
    delay += 1;
  }
  return delay;
}
