/**
 * `make demo`: the main job from `kubectl apply` to a swept row, on a real API server and a real MySQL, played in half a minute.
 *
 * `DEMO_CONTEXT=name` takes a cluster of your kubeconfig instead, and there one temporary namespace. `NO_COLOR` does what it says.
 * Exits with 0 when everything it checked holds, else with 1.
 */

import { CleanUps } from './clean-ups.ts';
import { Screen } from './demo/screen.ts';
import { tellStory } from './demo/story.ts';
import { Verdict } from './demo/verdict.ts';
import { onInterrupt } from './interrupts.ts';
import { createProgress } from './progress.ts';
import { SetupError } from './setup-error.ts';

const screen = new Screen(process.stdout);
let interrupted = false;
// Part of the story: what is fetched or built belongs between its lines. After Ctrl-C there is no story any more.
const progress = createProgress((text) => (interrupted ? void process.stderr.write(`  ${text}`) : screen.say(`  ${text.trimEnd()}`)));
const verdict = new Verdict();
const cleanUps = new CleanUps();

const stopListening = onInterrupt(async () => {
  interrupted = true;
  screen.settle('keep');
  screen.mute();
  progress.say('\n  Cleaning up (Ctrl-C again to leave it at that) …');
  await cleanUps.run();
});

try {
  const named = process.env['DEMO_CONTEXT'];
  const context = named === '' ? undefined : named;
  await tellStory({ context, screen, progress, verdict, cleanUps });
  verdict.print(screen);
  if (verdict.passed && context === undefined) screen.say('\n  To look around yourself: make dev');
} catch (error) {
  // What goes wrong after Ctrl-C goes wrong because of it.
  if (!interrupted) {
    screen.settle('keep');
    process.stderr.write(`\n${error instanceof SetupError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
} finally {
  await cleanUps.run();
  stopListening();
}
process.exitCode = verdict.passed ? 0 : 1;
