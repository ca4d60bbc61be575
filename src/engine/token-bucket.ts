/** So many at once, and so many a second from then on. */
import type { Clock } from './clock.ts';

export interface TokenBucketOptions {
  readonly clock: Clock;
  /** Tokens a full bucket holds; it begins full. */
  readonly burst: number;
  readonly perSecond: number;
}

/** client-go's flowcontrol.NewTokenBucketRateLimiter, without a timer of its own. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #countedAt: number;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#countedAt = options.clock.monotonic();
  }

  /** Whole tokens that there are now. */
  count(): number {
    this.#refill();
    return Math.floor(this.#tokens);
  }

  /** Takes a token if there is one. */
  tryTake(): boolean {
    this.#refill();
    if (this.#tokens < 1) {
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  /** Whole milliseconds until there are so many tokens, at most a full bucket; 0 when there are now. */
  waitMs(tokens = 1): number {
    const { burst, perSecond } = this.#options;
    this.#refill();
    return Math.max(0, Math.ceil(((Math.min(tokens, burst) - this.#tokens) / perSecond) * 1000));
  }

  #refill(): void {
    const { clock, burst, perSecond } = this.#options;
    const now = clock.monotonic();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#countedAt) / 1000) * perSecond);
    this.#countedAt = now;
  }
}
