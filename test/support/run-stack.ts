/** The run's one stack, in the process that jest's global set-up and tear-down share. */

import type { Stack } from '../../dev/stack.ts';

const KEY = Symbol.for('jobs-operator.test-stack');

/** Kept on globalThis: jest loads set-up and tear-down of each project as modules of their own. */
export const runStack = {
  get current(): Stack | undefined {
    return (globalThis as { [KEY]?: Stack })[KEY];
  },
  set current(stack: Stack | undefined) {
    (globalThis as { [KEY]?: Stack | undefined })[KEY] = stack;
  },
};
