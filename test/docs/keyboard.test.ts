import { beforeAll, describe } from '@jest/globals';
import { asShownOn } from '../support/engine-traits.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../support/stack.ts';
import { playPage } from './support/play.ts';
import type { Shell } from './support/shell.ts';
import { openTerminal } from './support/terminal.ts';

const stack = useStack();

describe('docs/keyboard.md shows what a terminal shows', () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await openTerminal(stack);
  }, SETUP_TIMEOUT_MS);
  playPage('docs/keyboard.md', () => shell, (shown) => asShownOn(stack.mysql, shown));
});
