import { expect, it } from '@jest/globals';
import { WorkQueue } from '../../../src/engine/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

it('tells its observer what client-go would count', async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  const queue = new WorkQueue<string>({
    clock,
    observer: {
      onAdd: () => seen.push('add'),
      onGet: (seconds) => seen.push(`get after ${seconds}`),
      onDone: (seconds) => seen.push(`done after ${seconds}`),
      onRetry: () => seen.push('retry'),
    },
  });
  queue.add('a');
  queue.add('a');
  await clock.advance(2_000);
  await queue.get();
  queue.add('a', { afterMs: 500 });
  await clock.advance(1_500);
  expect(queue.depth).toBe(1);
  queue.done('a');
  await queue.get();
  expect(seen).toEqual(['add', 'get after 2', 'retry', 'add', 'done after 1.5', 'get after 1']);
});

it('shows work that does not end', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue<string>({ clock });
  queue.add('a');
  queue.add('b');
  await queue.get();
  await clock.advance(3_000);
  await queue.get();
  await clock.advance(1_000);
  expect(queue.unfinished()).toEqual({ sumSeconds: 5, longestSeconds: 4 });
});
