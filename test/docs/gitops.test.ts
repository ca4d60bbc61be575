import { beforeAll, describe } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../support/stack.ts';
import { playPage } from './support/play.ts';
import type { Shell } from './support/shell.ts';
import { openTerminal } from './support/terminal.ts';

const stack = useStack();

describe('docs/gitops.md shows what a terminal shows', () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await openTerminal(stack);
  }, SETUP_TIMEOUT_MS);
  playPage('docs/gitops.md', () => shell);
});
