/**
 * `make overload`: far more of everything than a cluster has, on a real API server and a real MySQL, and what became of it. OVERLOAD_JOBS sets the
 * size (20,000 by default), OVERLOAD_SCENES a part of the names of the scenes to run.
 *
 * Exits with 0 when nothing was lost and nothing was done in vain, with 64 when it was asked for nonsense, else with 1.
 */

import { runCommand } from './command.ts';
import { SCENES } from './overload/scenes.ts';
import { onStage } from './overload/stage.ts';
import { textTable } from './text-table.ts';

const DEFAULT_JOBS = 20_000;
/** Below this the smaller scenes have nothing left to measure. */
const LEAST_JOBS = 1_000;
const TOLD = 5;

const jobs = sizeFrom(process.env['OVERLOAD_JOBS']);
const wanted = process.env['OVERLOAD_SCENES'] ?? '';
const scenes = SCENES.filter(({ name }) => name.includes(wanted));
if (scenes.length === 0) refuse(`OVERLOAD_SCENES=${wanted} is part of no scene's name: ${SCENES.map(({ name }) => `"${name}"`).join(', ')}`);

await runCommand(async (progress, cleanUps) => {
  for (const scene of scenes) {
    const { name } = scene;
    const { figures, wrong } = await progress.during(name, () => onStage({ progress, cleanUps }, (arena) => scene.run(arena, jobs)));
    if (wrong.length > 0) process.exitCode = 1;
    const more = wrong.length > TOLD ? [`and ${wrong.length - TOLD} more`] : [];
    const told = [...wrong.slice(0, TOLD), ...more].map((one) => `  WRONG: ${one}\n`);
    process.stdout.write(`\n${name}\n${textTable(figures).join('\n')}\n${told.join('')}`);
  }
  process.stdout.write(process.exitCode === undefined ? '\nPassed.\n' : '\nFAILED.\n');
});

function sizeFrom(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_JOBS;
  const value = Number(text);
  if (Number.isInteger(value) && value >= LEAST_JOBS) return value;
  return refuse(`OVERLOAD_JOBS=${text} cannot be used: a whole number from ${LEAST_JOBS} on`);
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(64);
}
