/** What `doctor` found wrong. */

import type { CommandResult } from '../../support/main-program.ts';

/** The lines of `doctor` that say FAIL or warn. */
export function complaints({ lines }: CommandResult): readonly string[] {
  return lines.filter((line) => line.startsWith('FAIL') || line.startsWith('warn'));
}
