/** How long others' records count: by this process's own clock, from when it saw them change. */
import { isSameRecord } from './lease.ts';
import type { LeaseRecord } from './lease.ts';

/**
 * What a candidate knows of the record. A holder counts for its lease duration from the moment its record was last *seen to change*;
 * the times in the record are the clocks of other machines and are never compared (client-go's observedTime).
 */
export class LeaseObservation {
  readonly #identity: string;
  readonly #defaultMs: number;
  #record: LeaseRecord | undefined;
  #changedAt = 0;

  /** @param defaultMs for a record that does not say how long it counts */
  constructor(identity: string, defaultMs: number) {
    this.#identity = identity;
    this.#defaultMs = defaultMs;
  }

  /** Who was last seen to hold it; empty when nobody, undefined when it was never seen. */
  get holder(): string | undefined {
    return this.#record?.holderIdentity;
  }

  /** @param at monotonic milliseconds, after the answer has come: too late makes a candidate wait longer, never shorter */
  see(record: LeaseRecord, at: number): void {
    if (this.#record === undefined || !isSameRecord(this.#record, record)) {
      this.#record = record;
      this.#changedAt = at;
    }
  }

  /**
   * Somebody else may still be leading. That a Lease is *gone* changes nothing here, unlike in client-go: its holder leads on, and
   * makes it anew with its next renewal, so a Lease that was deleted by hand does not make a standby that saw its holder lead beside it.
   *
   * @param at monotonic milliseconds, before the record was asked for: it may have been renewed while the answer was on its way
   */
  isHeldByAnother(at: number): boolean {
    if (this.#record === undefined) {
      return false;
    }
    const { holderIdentity, leaseDurationSeconds } = this.#record;
    if (holderIdentity === '' || holderIdentity === this.#identity) {
      return false;
    }
    const countsMs = leaseDurationSeconds === undefined ? this.#defaultMs : leaseDurationSeconds * 1000;
    return at - this.#changedAt < countsMs;
  }
}
