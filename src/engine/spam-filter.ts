/** Bounds what is said about one object. */
import type { Clock } from './clock.ts';
import { TokenBucket } from './token-bucket.ts';

export interface SpamFilterOptions {
  readonly clock: Clock;
  /** Default 25. */
  readonly burst?: number;
  /** Seconds for one more (default 300). */
  readonly refillSeconds?: number;
  /** Objects remembered (default 4,096); the one heard of longest ago is forgotten, and would start afresh. */
  readonly capacity?: number;
}

/** client-go's EventSourceObjectSpamFilter (tools/record/events_cache.go), with its numbers. */
export class SpamFilter {
  readonly #options: SpamFilterOptions;
  /** In the order of their last use, the oldest first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: SpamFilterOptions) {
    this.#options = options;
  }

  /** Whether one more may be said about the object with this uid; counts it if so. */
  allows(uid: string): boolean {
    const { clock, burst = 25, refillSeconds = 300, capacity = 4_096 } = this.#options;
    const bucket = this.#buckets.get(uid) ?? new TokenBucket({ clock, burst, perSecond: 1 / refillSeconds });
    this.#buckets.delete(uid);
    this.#buckets.set(uid, bucket);
    if (this.#buckets.size > capacity) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) {
        this.#buckets.delete(oldest);
      }
    }
    return bucket.tryTake();
  }
}
