/** The frame of a command that brings servers up: they go away in good order, Ctrl-C included, and the exit code tells how it ended. */

import { CleanUps } from './clean-ups.ts';
import { onInterrupt } from './interrupts.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { SetupError } from './setup-error.ts';

export async function runCommand(work: (progress: Progress, cleanUps: CleanUps) => Promise<void>): Promise<void> {
  const progress = createProgress();
  const cleanUps = new CleanUps();
  let interrupted = false;
  const stopListening = onInterrupt(async () => {
    interrupted = true;
    progress.say('\nCleaning up (Ctrl-C again to leave it at that) …');
    await cleanUps.run();
  });
  try {
    await work(progress, cleanUps);
  } catch (error) {
    // What goes wrong after Ctrl-C goes wrong because of it.
    if (interrupted) return;
    process.exitCode = 1;
    process.stderr.write(`\n${error instanceof SetupError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  } finally {
    await cleanUps.run();
    stopListening();
  }
}
