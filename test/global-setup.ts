/** One stack for a whole test run. Jest calls this only when a project that names it has tests to run. */

import { CONTROL_PLANE_BINARIES, findBinaries } from '../dev/binaries.ts';
import { installDefinition } from '../dev/custom-resource-definition.ts';
import { onInterrupt } from '../dev/interrupts.ts';
import { createProgress } from '../dev/progress.ts';
import { startStack } from '../dev/stack.ts';
import { findToxiproxy } from '../dev/toxiproxy.ts';
import { publishCoordinates } from './support/coordinates.ts';
import { runStack } from './support/run-stack.ts';

export default async function globalSetup(): Promise<void> {
  // Two projects name this file: the second finds the stack up.
  if (runStack.current !== undefined) return;
  const progress = createProgress();
  // Before any test, whose deadline would not allow for a build.
  await findBinaries(CONTROL_PLANE_BINARIES, progress);
  await findToxiproxy(progress);
  const stack = await startStack(progress, 'test');
  runStack.current = stack;
  onInterrupt(() => stack.stop());
  try {
    await installDefinition(stack.api);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  publishCoordinates(stack);
}
