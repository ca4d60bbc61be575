/** Gathers concurrent calls into few large ones: the `dataloader` pattern, with bounds in items, bytes, concurrency and time. */

export type Outcome<Result> = { readonly ok: true; readonly value: Result } | { readonly ok: false; readonly error: unknown };

export interface BatchOptions<Item, Result> {
  /** Carries out one batch; an outcome per item, in order. Throwing fails every item of the batch alike. */
  readonly run: (items: readonly Item[]) => Promise<readonly Outcome<Result>[]>;
  /** Most items of one batch. */
  readonly maxItems: number;
  /** Most bytes of one batch, by `bytesOf`; an item that is larger goes alone. */
  readonly maxBytes: number;
  readonly bytesOf: (item: Item) => number;
  /** Most batches under way; while they are, calls gather, so that batches grow with the load. */
  readonly concurrency: number;
  /** Least time from the begin of one batch to that of the next (ms), unless there are `maxItems` for it. Default 0. */
  readonly gatherMs?: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (value: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls of one turn of the event loop share a batch, and so do those that come soon after another batch: the first of a burst goes at once, the
 * rest in company. A call never joins a batch that has begun: what it gets was asked for after it called.
 */
export class Batch<Item, Result> {
  readonly #options: BatchOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #running = 0;
  #begunAt = -Infinity;
  #scheduled: NodeJS.Immediate | undefined;
  #gathering: NodeJS.Timeout | undefined;

  constructor(options: BatchOptions<Item, Result>) {
    this.#options = options;
  }

  submit(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    const { concurrency, maxItems, gatherMs = 0 } = this.#options;
    if (this.#scheduled !== undefined || this.#waiting.length === 0 || this.#running >= concurrency) return;
    const wait = this.#waiting.length >= maxItems ? 0 : this.#begunAt + gatherMs - performance.now();
    if (wait > 0) {
      this.#gathering ??= setTimeout(() => this.#begin(), wait);
      return;
    }
    this.#scheduled = setImmediate(() => this.#begin());
  }

  #begin(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#scheduled = undefined;
    while (this.#waiting.length > 0 && this.#running < this.#options.concurrency) {
      this.#running += 1;
      this.#begunAt = performance.now();
      void this.#carryOut(this.#take());
    }
  }

  async #carryOut(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const outcomes = await this.#options.run(batch.map(({ item }) => item));
      batch.forEach((waiting, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) waiting.reject(new Error('a batch gave fewer outcomes than it had items'));
        else if (outcome.ok) waiting.resolve(outcome.value);
        else waiting.reject(outcome.error);
      });
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    } finally {
      this.#running -= 1;
      this.#schedule();
    }
  }

  #take(): Waiting<Item, Result>[] {
    const { maxItems, maxBytes, bytesOf } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const { item } of this.#waiting) {
      bytes += bytesOf(item);
      if (count > 0 && (count >= maxItems || bytes > maxBytes)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
