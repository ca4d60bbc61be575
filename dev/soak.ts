/**
 * `make soak MINUTES=10`: Jobs made, cancelled, deleted, finished and woken at random, while operators, database and API server are killed,
 * frozen and cut off; then the calm, and the judgement. `SEED=…` makes the same choices again.
 *
 * Exits with 0 when nothing was lost, doubled, resurrected or contradicting, with 64 when it was asked for nonsense, else with 1.
 */

import { CleanUps } from './clean-ups.ts';
import { onInterrupt } from './interrupts.ts';
import { createProgress } from './progress.ts';
import { SetupError } from './setup-error.ts';
import { reportOf } from './soak/report.ts';
import { runSoak } from './soak/run.ts';

const DEFAULT_MINUTES = 10;

const minutes = numberFrom('MINUTES', DEFAULT_MINUTES, (value) => value > 0 && value <= 24 * 60);
const seed = numberFrom('SEED', Math.floor(Math.random() * 2 ** 31), (value) => Number.isInteger(value) && value >= 0);

const progress = createProgress();
const cleanUps = new CleanUps();
let interrupted = false;
const stopListening = onInterrupt(async () => {
  interrupted = true;
  progress.say('\nCleaning up (Ctrl-C again to leave it at that) …');
  await cleanUps.run();
});

try {
  progress.say(`Soaking for ${minutes} min; the same choices again: make soak MINUTES=${minutes} SEED=${seed}`);
  const outcome = await runSoak({ seed, minutes, progress, cleanUps });
  if (outcome.violations.length > 0) process.exitCode = 1;
  process.stdout.write(`\n${reportOf(outcome).join('\n')}\n\n${outcome.violations.length === 0 ? 'Passed.' : 'FAILED.'} Again: make soak MINUTES=${minutes} SEED=${seed}\n`);
} catch (error) {
  // What goes wrong after Ctrl-C goes wrong because of it.
  if (!interrupted) {
    process.exitCode = 1;
    process.stderr.write(`\n${error instanceof SetupError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\nThe seed was ${seed}.\n`);
  }
} finally {
  await cleanUps.run();
  stopListening();
}

function numberFrom(variable: string, fallback: number, allowed: (value: number) => boolean): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (allowed(value)) return value;
  process.stderr.write(`${variable}=${text} cannot be used: make soak MINUTES=10 SEED=1\n`);
  process.exit(64);
}
