/**
 * `make demo`: the main job from `kubectl apply` to a swept row, on a real API server and a real MySQL, played in half a minute.
 *
 * `DEMO_CONTEXT=name` takes a cluster of your kubeconfig instead, and there one temporary namespace. `NO_COLOR` does what it says.
 * Exits with 0 when everything it checked holds, else with 1.
 */

import { CleanUps } from './demo/clean-ups.ts';
import { Screen } from './demo/screen.ts';
import { tellStory } from './demo/story.ts';
import { Verdict } from './demo/verdict.ts';
import { onInterrupt } from './interrupts.ts';
import { createProgress } from './progress.ts';
import { SetupError } from './setup-error.ts';

const screen = new Screen(process.stdout);
// Part of the story: what is fetched or built belongs between its lines.
const progress = createProgress((text) => screen.say(`  ${text.trimEnd()}`));
const verdict = new Verdict();
const cleanUps = new CleanUps();

const stopListening = onInterrupt(async () => {
  screen.settle('keep');
  screen.say('\n  Cleaning up (Ctrl-C again to leave it at that) …');
  screen.mute();
  await cleanUps.run();
});

try {
  const context = process.env['DEMO_CONTEXT'];
  await tellStory({ context: context === '' ? undefined : context, screen, progress, verdict, cleanUps });
  verdict.print(screen);
  if (verdict.passed) screen.say('\n  To look around yourself: make dev');
} catch (error) {
  screen.settle('keep');
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\n${error.message}\n`);
} finally {
  await cleanUps.run();
  stopListening();
}
process.exitCode = verdict.passed ? 0 : 1;
