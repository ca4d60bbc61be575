/** Types a page's commands into a terminal, one after the other, and compares what they print with what the page shows. */

import { expect, it } from '@jest/globals';
import { waitFor } from '../../support/stack.ts';
import { commandsOf } from './fenced-blocks.ts';
import type { ShownCommand } from './fenced-blocks.ts';
import { isLike } from './likeness.ts';
import type { Shell } from './shell.ts';

/** Looking does no harm: it is repeated until what was done before has come through. */
const LOOKS = /^kubectl (get|describe|events) |SELECT /;
const COME_THROUGH_MS = 30_000;

/** Some commands of a page wait for the sweep, or twice ten seconds. */
const COMMAND_MS = 120_000;

/**
 * A test per command, in the page's order. Those that another test or script runs are left to it, and those that no test can run.
 * @param inItsWords what is shown, in the words of the database server that is there; default: as it is
 */
export function playPage(page: string, shell: () => Shell, inItsWords = (shown: string): string => shown): void {
  for (const written of commandsOf(page)) {
    if (written.runBy !== undefined || written.needs !== undefined) continue;
    const command: ShownCommand = { ...written, output: written.output === undefined ? undefined : inItsWords(written.output) };
    it(
      `line ${command.line}: ${command.text.split('\n')[0] ?? ''}`,
      async () => {
        const printed = await type(command, shell());
        const shown = command.output ?? printed;
        // Shown as a difference of texts, which is easier to read than a yes or no.
        expect(isLike(printed, shown) ? shown : printed).toBe(shown);
      },
      COMMAND_MS,
    );
  }
}

/** What the command printed: as the page has it, or the last time it was tried. */
async function type({ text, output }: ShownCommand, shell: Shell): Promise<string> {
  let printed = await shell.run(text);
  if (output === undefined || isLike(printed, output) || !LOOKS.test(text)) return printed.trim();
  const lookAgain = async (): Promise<boolean> => {
    printed = await shell.run(text);
    return isLike(printed, output);
  };
  await waitFor(lookAgain, { what: text, timeoutMs: COME_THROUGH_MS, intervalMs: 500 }).catch(() => undefined);
  return printed.trim();
}
