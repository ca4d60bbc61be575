/** What the demo has checked, and what came of it. */

import { indented } from './screen.ts';
import type { Screen } from './screen.ts';

interface Check {
  readonly claim: string;
  readonly holds: boolean;
  /** What was found instead. */
  readonly found: string;
}

export class Verdict {
  readonly #checks: Check[] = [];

  /** Records whether a claim about the product holds; `found` is told when it does not. */
  check(claim: string, holds: boolean, found = ''): void {
    this.#checks.push({ claim, holds, found });
  }

  /** Holds when `problems` is empty; else tells them. */
  checkNone(claim: string, problems: readonly string[]): void {
    this.check(claim, problems.length === 0, problems.join('\n'));
  }

  /** True when there were checks and all of them hold. */
  get passed(): boolean {
    return this.#checks.length > 0 && this.#checks.every(({ holds }) => holds);
  }

  print(screen: Screen): void {
    screen.heading('Verdict');
    for (const { claim, holds, found } of this.#checks) {
      screen.say(holds ? `  ${screen.paint('green', '✓')} ${claim}` : `  ${screen.paint('red', '✗')} ${claim}`);
      if (!holds && found !== '') screen.say(indented(found, '      '));
    }
    const good = this.#checks.filter(({ holds }) => holds).length;
    const sum = `${good} of ${this.#checks.length} checks passed in ${screen.elapsed()}`;
    screen.say(`\n  ${screen.paint('bold', screen.paint(this.passed ? 'green' : 'red', sum))}`);
  }
}
