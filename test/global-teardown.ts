/** The end of the run's stack. */

import { runStack } from './support/run-stack.ts';

export default async function globalTeardown(): Promise<void> {
  const stack = runStack.current;
  runStack.current = undefined;
  await stack?.stop();
}
