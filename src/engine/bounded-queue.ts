/** First in, first out, with so many places; in a full one the oldest gives way. All operations are O(1). */
export class BoundedQueue<T> {
  readonly #capacity: number;
  readonly #ring: (T | undefined)[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#ring = Array.from({ length: capacity }, () => undefined);
  }

  get size(): number {
    return this.#size;
  }

  /** Returns what gave way, if anything did. */
  push(item: T): T | undefined {
    const evicted = this.#size === this.#capacity ? this.shift() : undefined;
    this.#ring[(this.#head + this.#size) % this.#capacity] = item;
    this.#size += 1;
    return evicted;
  }

  /** The oldest, which stays. */
  peek(): T | undefined {
    return this.#ring[this.#head];
  }

  shift(): T | undefined {
    const item = this.#ring[this.#head];
    if (this.#size > 0) {
      this.#ring[this.#head] = undefined;
      this.#head = (this.#head + 1) % this.#capacity;
      this.#size -= 1;
    }
    return item;
  }
}
