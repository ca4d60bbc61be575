/**
 * `make soak MINUTES=10`: Jobs made, cancelled, deleted, finished and woken at random, while operators, database and API server are killed,
 * frozen and cut off; then the calm, and the judgement. `SEED=…` makes the same choices again.
 *
 * Exits with 0 when nothing was lost, doubled, resurrected or contradicting, with 64 when it was asked for nonsense, else with 1.
 */

import { runCommand } from './command.ts';
import { reportOf } from './soak/report.ts';
import { runSoak } from './soak/run.ts';

const DEFAULT_MINUTES = 10;

const minutes = numberFrom('MINUTES', DEFAULT_MINUTES, (value) => value > 0 && value <= 24 * 60);
const seed = numberFrom('SEED', Math.floor(Math.random() * 2 ** 31), (value) => Number.isInteger(value) && value >= 0);

await runCommand(async (progress, cleanUps) => {
  const again = `make soak MINUTES=${minutes} SEED=${seed}`;
  progress.say(`Soaking for ${minutes} min; the same choices again: ${again}`);
  const outcome = await runSoak({ seed, minutes, progress, cleanUps });
  if (outcome.violations.length > 0) process.exitCode = 1;
  process.stdout.write(`\n${reportOf(outcome).join('\n')}\n\n${outcome.violations.length === 0 ? 'Passed.' : 'FAILED.'} Again: ${again}\n`);
});

function numberFrom(variable: string, fallback: number, allowed: (value: number) => boolean): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (allowed(value)) return value;
  process.stderr.write(`${variable}=${text} cannot be used: make soak MINUTES=10 SEED=1\n`);
  process.exit(64);
}
