/** Keys whose work cannot go on because the other side is away. */
import type { Clock, Timer } from './clock.ts';

export interface ParkingLotOptions<K> {
  readonly clock: Clock;
  /** Milliseconds between two looks whether the other side is back. */
  readonly probeMs: number;
  /** Puts a key back into the queue. */
  readonly release: (key: K, priority: number) => void;
}

/**
 * Parked keys cost no timer and no attempt each. They leave together when the owner learns that the other side is back
 * (`unpark`), and, because that word can be lost or the fault may have been one connection's, one of them is sent ahead every
 * `probeMs`: if its attempt ends in anything but being parked again, the others follow. (A circuit breaker, half open.)
 */
export class ParkingLot<K> {
  readonly #options: ParkingLotOptions<K>;
  readonly #parked = new Map<K, number>();
  #probe: K | undefined;
  #timer: Timer | undefined;
  #round = 0;

  constructor(options: ParkingLotOptions<K>) {
    this.#options = options;
  }

  get size(): number {
    return this.#parked.size;
  }

  /** Changes with every `unpark`: an attempt that began in an earlier round failed before the good news, and must not be parked. */
  get round(): number {
    return this.#round;
  }

  park(key: K, priority: number): void {
    this.#parked.set(key, Math.max(priority, this.#parked.get(key) ?? priority));
    if (this.#probe === key) {
      this.#probe = undefined;
    }
    if (this.#timer === undefined) {
      this.#arm();
    }
  }

  /** The key is being worked on: that attempt decides what becomes of it. */
  leave(key: K): void {
    this.#parked.delete(key);
  }

  /** An attempt of this key ended, and not in being parked. */
  answered(key: K): void {
    if (this.#probe === key) {
      this.unpark();
    }
  }

  /** Releases all, the urgent first: a worker that waits takes whatever comes first. */
  unpark(): void {
    this.#round += 1;
    this.#probe = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    const keys = [...this.#parked].toSorted(([, a], [, b]) => b - a);
    this.#parked.clear();
    for (const [key, priority] of keys) {
      this.#options.release(key, priority);
    }
  }

  #sendProbe(): void {
    this.#timer = undefined;
    const [oldest] = this.#parked;
    if (oldest === undefined) {
      return;
    }
    const [key, priority] = oldest;
    this.#parked.delete(key);
    this.#probe = key;
    this.#arm();
    this.#options.release(key, priority);
  }

  #arm(): void {
    // Parked keys are no reason to keep a process alive that has nothing else to do.
    this.#timer = this.#options.clock.setTimer(this.#options.probeMs, () => this.#sendProbe(), { unref: true });
  }
}
