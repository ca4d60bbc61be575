/**
 * `make bench`: what this operator costs and how fast it is, next to the floor that the API server sets, on a real API server and a real MySQL.
 * docs/performance.md says what each figure means, and what can be set.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CleanUps } from '../dev/clean-ups.ts';
import { onInterrupt } from '../dev/interrupts.ts';
import { createProgress } from '../dev/progress.ts';
import { SetupError } from '../dev/setup-error.ts';
import { machineLine } from './machine.ts';
import { tableOf } from './report.ts';
import { runBench } from './run.ts';
import { settingsFrom } from './settings.ts';

const RESULTS = fileURLToPath(new URL('./results', import.meta.url));

const progress = createProgress();
const cleanUps = new CleanUps();
let interrupted = false;
const stopListening = onInterrupt(async () => {
  interrupted = true;
  progress.say('\nCleaning up (Ctrl-C again to leave it at that) …');
  await cleanUps.run();
});

try {
  const settings = settingsFrom(process.env);
  const result = await runBench(settings, progress, cleanUps);
  mkdirSync(RESULTS, { recursive: true });
  const file = join(RESULTS, `bench-${result.startedAt.replaceAll(/[:.]/g, '-')}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`\n${machineLine(result.machine)}\n${settings.jobs} Jobs, ${settings.rounds} rounds: median (least–most)\n\n${tableOf(result)}\n\n${file}\n`);
} catch (error) {
  // What goes wrong after Ctrl-C goes wrong because of it.
  if (!interrupted) {
    process.exitCode = 1;
    process.stderr.write(`\n${error instanceof SetupError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
} finally {
  await cleanUps.run();
  stopListening();
}
