/** This process's claim to a Lease: each read and write of it, and what they say about who holds it. */
import type { Clock } from './clock.ts';
import { momentOf } from './leadership-term.ts';
import type { Moment } from './leadership-term.ts';
import { LeaseObservation } from './lease-observation.ts';
import type { Lease, LeaseRecord, LeaseStore } from './lease.ts';
import { microTime } from './micro-time.ts';
import { untilAborted } from './until-aborted.ts';

export interface LeaseClaimOptions<L extends Lease> {
  readonly store: LeaseStore<L>;
  readonly identity: string;
  readonly clock: Clock;
  /** Whole seconds, in milliseconds. */
  readonly leaseDurationMs: number;
  /** Another holder was seen; empty: nobody. */
  readonly onHolder?: (identity: string) => void;
}

export interface Won<L> {
  readonly lease: L;
  /** Before the write that won it was sent. */
  readonly since: Moment;
}

/** The record shows that this process holds the Lease no longer. */
export class LeaseTaken extends Error {
  override readonly name = 'LeaseTaken';

  constructor(holder: string) {
    super(holder === '' ? 'the Lease was taken away: it has no holder now' : `the Lease is held by ${holder} now`);
  }
}

/** Others write the Lease as fast as this process reads it. */
export class LeaseContended extends Error {
  override readonly name = 'LeaseContended';

  constructor() {
    super('the Lease changed each time between being read and being written');
  }
}

/** A renewal that met another's write reads again at once, so many times. */
const RENEWAL_ROUNDS = 3;

/** A Lease that is given up says one second (client-go's ReleaseOnCancel). */
const RELEASED_SECONDS = 1;

/** Rejections are the store's, or the limit's reason when it aborts, also where the store does not listen. */
export class LeaseClaim<L extends Lease> {
  readonly #options: LeaseClaimOptions<L>;
  readonly #clock: Clock;
  readonly #observation: LeaseObservation;
  #reportedHolder: string | undefined;
  /** As last read or written by this process. */
  #lease: L | undefined;
  #mayHold = false;

  constructor(options: LeaseClaimOptions<L>) {
    this.#options = options;
    this.#clock = options.clock;
    this.#observation = new LeaseObservation(options.identity, options.leaseDurationMs);
  }

  /** A write with our name may have been carried out, and nothing read since says otherwise. */
  get mayHold(): boolean {
    return this.#mayHold;
  }

  /** Leaves the Lease to its expiry. */
  abandon(): void {
    this.#mayHold = false;
  }

  /** Undefined when somebody else holds it, or took it first. */
  async tryToAcquire(limit: AbortSignal): Promise<Won<L> | undefined> {
    const asked = this.#clock.monotonic();
    const found = await this.#read(limit);
    if (this.#observation.isHeldByAnother(asked)) {
      return undefined;
    }
    const since = momentOf(this.#clock);
    const lease = await this.#write(found, this.#recordAfter(found?.record), limit);
    return lease === undefined ? undefined : { lease, since };
  }

  /**
   * First as if nobody else had written, then by what is there; a Lease that is gone is made anew.
   *
   * @throws LeaseTaken when it is no longer ours, LeaseContended, or what the store throws
   */
  async renew(held: L, limit: AbortSignal): Promise<L> {
    let current: L | undefined = held;
    for (let round = 1; round <= RENEWAL_ROUNDS; round += 1) {
      const renewed = await this.#write(current, this.#recordAfter(current?.record ?? held.record), limit);
      if (renewed !== undefined) {
        return renewed;
      }
      current = await this.#read(limit);
      if (current !== undefined && !this.#isOurs(current)) {
        throw new LeaseTaken(current.record.holderIdentity);
      }
    }
    throw new LeaseContended();
  }

  /** Clears the holder, if it is us. */
  async release(limit: AbortSignal): Promise<void> {
    let held = this.#lease !== undefined && this.#isOurs(this.#lease) ? this.#lease : await this.#read(limit);
    while (held !== undefined && this.#isOurs(held)) {
      const now = microTime(this.#clock.now());
      const record = { ...held.record, holderIdentity: '', leaseDurationSeconds: RELEASED_SECONDS, acquireTime: now, renewTime: now };
      limit.throwIfAborted();
      const released = await untilAborted(this.#options.store.update(held, record, limit), limit);
      if (released !== undefined) {
        this.#see(released);
        break;
      }
      // Our own last renewal, given up while it was on its way, may have come between.
      held = await this.#read(limit);
    }
    this.#mayHold = false;
  }

  async #read(limit: AbortSignal): Promise<L | undefined> {
    limit.throwIfAborted();
    const found = await untilAborted(this.#options.store.get(limit), limit);
    this.#lease = found;
    if (found !== undefined) {
      this.#see(found);
    }
    return found;
  }

  /** Over `current`, or anew when there is none; undefined when somebody else wrote first. */
  async #write(current: L | undefined, record: LeaseRecord, limit: AbortSignal): Promise<L | undefined> {
    limit.throwIfAborted();
    this.#mayHold = true;
    const writing = current === undefined ? this.#options.store.create(record, limit) : this.#options.store.update(current, record, limit);
    const written = await untilAborted(writing, limit);
    if (written !== undefined) {
      this.#see(written);
    }
    return written;
  }

  #see(lease: L): void {
    const { holderIdentity } = lease.record;
    this.#lease = lease;
    this.#observation.see(lease.record, this.#clock.monotonic());
    if (holderIdentity !== '' && holderIdentity !== this.#options.identity) {
      this.#mayHold = false;
    }
    if (holderIdentity !== this.#reportedHolder) {
      this.#reportedHolder = holderIdentity;
      this.#options.onHolder?.(holderIdentity);
    }
  }

  /** Ours, in the place of `before`. */
  #recordAfter(before: LeaseRecord | undefined): LeaseRecord {
    const now = microTime(this.#clock.now());
    const kept = before?.holderIdentity === this.#options.identity ? before : undefined;
    const changes = before === undefined || kept !== undefined ? 0 : 1;
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: this.#options.leaseDurationMs / 1_000,
      acquireTime: kept?.acquireTime ?? now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + changes,
    };
  }

  #isOurs({ record }: L): boolean {
    return record.holderIdentity === this.#options.identity;
  }
}
