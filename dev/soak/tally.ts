/** How often what happened, in the order of the first time. */

export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  get(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  get total(): number {
    return this.entries().reduce((sum, [, count]) => sum + count, 0);
  }

  /** Most frequent first. */
  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts].toSorted(([, left], [, right]) => right - left);
  }
}
