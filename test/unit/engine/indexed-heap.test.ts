import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IndexedHeap } from '../../../src/engine/indexed-heap.ts';

interface Item {
  readonly id: number;
  rank: number;
  heapIndex: number;
}

const step = fc.oneof(
  fc.record({ do: fc.constant('push' as const), rank: fc.nat(20) }),
  fc.record({ do: fc.constant('pop' as const) }),
  fc.record({ do: fc.constant('change' as const), which: fc.nat(), rank: fc.nat(20) }),
  fc.record({ do: fc.constant('remove' as const), which: fc.nat() }),
);

describe('the heap', () => {
  it('gives the first of what it holds, whatever was pushed, changed and removed before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const before = (a: Item, b: Item): boolean => a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
        const heap = new IndexedHeap<Item>(before);
        const model: Item[] = [];
        const popped: [Item | undefined, Item | undefined][] = [];
        for (const [id, action] of steps.entries()) {
          const chosen = 'which' in action ? model[action.which % model.length] : undefined;
          if (action.do === 'push') {
            const item = { id, rank: action.rank, heapIndex: -1 };
            model.push(item);
            heap.push(item);
          } else if (action.do === 'pop') {
            popped.push([heap.pop(), model.shift()]);
          } else if (chosen !== undefined && action.do === 'change') {
            chosen.rank = action.rank;
            heap.update(chosen);
          } else if (chosen !== undefined) {
            heap.remove(chosen);
            model.splice(model.indexOf(chosen), 1);
          }
          model.sort((a, b) => (before(a, b) ? -1 : 1));
          expect(heap.peek()).toBe(model[0]);
          expect(heap.size).toBe(model.length);
          for (const [actual, expected] of popped.splice(0)) {
            expect(actual).toBe(expected);
          }
        }
      }),
    );
  });

  it('lets go of everything when it is cleared', () => {
    const heap = new IndexedHeap<Item>((a, b) => a.rank < b.rank);
    const item = { id: 1, rank: 1, heapIndex: -1 };
    heap.push(item);
    heap.clear();
    expect(heap.pop()).toBeUndefined();
    expect(item.heapIndex).toBe(-1);
  });
});
