import { describe, expect, it } from '@jest/globals';
import { Batch } from '../../../src/database/batch.ts';
import type { Outcome } from '../../../src/database/batch.ts';

/** Records the batches and answers when told to. */
function recorder(limits: { maxItems?: number; maxBytes?: number; concurrency?: number } = {}) {
  const batches: { items: readonly string[]; answer: (outcomes?: readonly Outcome<string>[]) => void; fail: (error: Error) => void }[] = [];
  const batch = new Batch<string, string>({
    maxItems: limits.maxItems ?? 100,
    maxBytes: limits.maxBytes ?? 1000,
    concurrency: limits.concurrency ?? 1,
    bytesOf: (item) => item.length,
    run: (items) =>
      new Promise((resolve, reject) => {
        batches.push({ items, answer: (outcomes) => resolve(outcomes ?? items.map((item) => ({ ok: true, value: `<${item}>` }))), fail: reject });
      }),
  });
  return { batch, batches };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('a batch', () => {
  it('carries the calls of one turn of the event loop together, and gives each its own answer', async () => {
    const { batch, batches } = recorder();
    const answers = Promise.all([batch.submit('a'), batch.submit('b')]);
    await turn();
    expect(batches.map(({ items }) => items)).toEqual([['a', 'b']]);
    batches[0]?.answer();
    await expect(answers).resolves.toEqual(['<a>', '<b>']);
  });

  it('never lets a call join one that is under way', async () => {
    const { batch, batches } = recorder();
    const first = batch.submit('a');
    await turn();
    const second = batch.submit('a');
    await turn();
    expect(batches).toHaveLength(1);
    batches[0]?.answer();
    await first;
    await turn();
    expect(batches).toHaveLength(2);
    batches[1]?.answer();
    await expect(second).resolves.toBe('<a>');
  });

  it('gathers what comes while as many as allowed are under way', async () => {
    const { batch, batches } = recorder({ concurrency: 2 });
    const answers: Promise<string>[] = [];
    for (const item of ['a', 'b', 'c', 'd']) {
      answers.push(batch.submit(item));
      await turn();
    }
    expect(batches.map(({ items }) => items)).toEqual([['a'], ['b']]);
    batches[0]?.answer();
    await answers[0];
    await turn();
    expect(batches[2]?.items).toEqual(['c', 'd']);
    for (const { answer } of batches) answer();
    await expect(Promise.all(answers)).resolves.toHaveLength(4);
  });

  it('is limited in items and in bytes, and lets an item that is larger go alone', async () => {
    const { batch, batches } = recorder({ maxItems: 3, maxBytes: 10, concurrency: 10 });
    const answers = ['aaaa', 'bbbb', 'cccc', 'x'.repeat(50), 'd', 'e', 'f', 'g'].map((item) => batch.submit(item));
    await turn();
    expect(batches.map(({ items }) => items.length)).toEqual([2, 1, 1, 3, 1]);
    for (const { answer } of batches) answer();
    await Promise.all(answers);
  });

  it('fails one item alone, or all of them when the whole batch fails', async () => {
    const { batch, batches } = recorder();
    const bad = new Error('bad');
    const apart = Promise.allSettled([batch.submit('a'), batch.submit('b')]);
    await turn();
    batches[0]?.answer([
      { ok: false, error: bad },
      { ok: true, value: 'fine' },
    ]);
    await expect(apart).resolves.toEqual([
      { status: 'rejected', reason: bad },
      { status: 'fulfilled', value: 'fine' },
    ]);
    const together = Promise.allSettled([batch.submit('a'), batch.submit('b')]);
    await turn();
    batches[1]?.fail(bad);
    await expect(together).resolves.toEqual([
      { status: 'rejected', reason: bad },
      { status: 'rejected', reason: bad },
    ]);
  });
});

/** Records the batches, and answers at once. */
function gathering(gatherMs: number, maxItems = 100) {
  const batches: (readonly string[])[] = [];
  const batch = new Batch<string, string>({
    maxItems,
    maxBytes: 1_000,
    concurrency: 10,
    bytesOf: (item) => item.length,
    gatherMs,
    run: async (items) => {
      batches.push(items);
      return items.map((value) => ({ ok: true, value }));
    },
  });
  return { batch, batches };
}

describe('a batch that gathers', () => {
  it('lets the first call go at once, and what comes soon after it in company', async () => {
    const { batch, batches } = gathering(100);
    await batch.submit('a');
    expect(batches).toEqual([['a']]);
    const later: Promise<string>[] = [];
    for (const item of ['b', 'c', 'd']) {
      later.push(batch.submit(item));
      await turn();
    }
    await expect(Promise.all(later)).resolves.toEqual(['b', 'c', 'd']);
    expect(batches).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('does not wait when it is full', async () => {
    const { batch, batches } = gathering(3_600_000, 2);
    await batch.submit('a');
    const waiting = batch.submit('b');
    await turn();
    expect(batches).toEqual([['a']]);
    await expect(Promise.all([waiting, batch.submit('c')])).resolves.toEqual(['b', 'c']);
    expect(batches).toEqual([['a'], ['b', 'c']]);
  });
});
