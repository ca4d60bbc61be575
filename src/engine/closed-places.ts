/** Namespaces that take no Events for the moment. */
import type { Clock } from './clock.ts';

/** Long enough to make a thousand refusals one, short enough that whoever mends a missing permission soon sees Events. */
const CLOSED_MS = 60_000;

export class ClosedPlaces {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Until when, monotonic milliseconds; the earliest first, since all are closed for equally long. */
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** This one has just refused an Event. */
  close(namespace: string): void {
    const now = this.#clock.monotonic();
    for (const [place, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(place);
    }
    this.#until.delete(namespace);
    this.#until.set(namespace, now + CLOSED_MS);
  }

  isClosed(namespace: string): boolean {
    return (this.#until.get(namespace) ?? -Infinity) > this.#clock.monotonic();
  }
}
