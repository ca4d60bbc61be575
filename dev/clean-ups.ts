/** What is to be undone at the end, last registered first, once, however many ask for it. */

export class CleanUps {
  readonly #stack: (() => Promise<void>)[] = [];
  #running: Promise<void> | undefined;

  /** What is registered while the undoing is under way (somebody pressed Ctrl-C during the set-up) is still undone. */
  defer(cleanUp: () => Promise<void>): void {
    this.#stack.push(cleanUp);
  }

  /** Its own, which are undone with these at the latest. */
  nested(): CleanUps {
    const inner = new CleanUps();
    this.defer(() => inner.run());
    return inner;
  }

  /** Undoes everything, also when something fails; throws what failed at the end. */
  run(): Promise<void> {
    this.#running ??= this.#undo();
    return this.#running;
  }

  async #undo(): Promise<void> {
    const problems: unknown[] = [];
    for (let cleanUp = this.#stack.pop(); cleanUp !== undefined; cleanUp = this.#stack.pop()) {
      await cleanUp().catch((error: unknown) => problems.push(error));
    }
    if (problems.length > 0) throw new AggregateError(problems, `not everything could be cleaned up: ${problems.map(String).join('; ')}`);
  }
}
