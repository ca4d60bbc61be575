/** What an {@link IndexedHeap} holds: each item knows its place, so that it can be moved or taken out in O(log n). */
export interface HeapItem {
  /** Written by the heap alone; -1 outside of it. */
  heapIndex: number;
}

/** A binary heap whose items can change their rank or leave from the middle. All but `peek` cost O(log n). */
export class IndexedHeap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** `before(a, b)`: a comes out before b. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) {
      this.remove(first);
    }
    return first;
  }

  /** Finds the right place for an item of this heap whose rank has changed. */
  update(item: T): void {
    this.#rise(item, item.heapIndex);
    this.#sink(item, item.heapIndex);
  }

  remove(item: T): void {
    const index = item.heapIndex;
    const last = this.#items.pop();
    item.heapIndex = -1;
    if (last !== undefined && last !== item) {
      last.heapIndex = index;
      this.#items[index] = last;
      this.update(last);
    }
  }

  clear(): void {
    for (const item of this.#items) {
      item.heapIndex = -1;
    }
    this.#items.length = 0;
  }

  #rise(item: T, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#before(item, parent)) {
        break;
      }
      this.#put(parent, index);
      index = above;
    }
    this.#put(item, index);
  }

  #sink(item: T, from: number): void {
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      let child = this.#items[below];
      const right = this.#items[below + 1];
      if (child !== undefined && right !== undefined && this.#before(right, child)) {
        child = right;
        below += 1;
      }
      if (child === undefined || !this.#before(child, item)) {
        break;
      }
      this.#put(child, index);
      index = below;
    }
    this.#put(item, index);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
