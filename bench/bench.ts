/**
 * `make bench`: what this operator costs and how fast it is, next to the floor that the API server sets, on a real API server and a real MySQL.
 * docs/performance.md says what each figure means, and what can be set.
 */

import { runCommand } from '../dev/command.ts';
import { machineLine } from './machine.ts';
import { markdownTable } from './markdown.ts';
import { keep, publishTable, resultFile } from './record.ts';
import { cellsOf, tableOf } from './report.ts';
import { runBench } from './run.ts';
import { settingsFrom } from './settings.ts';

await runCommand(async (progress, cleanUps) => {
  const settings = settingsFrom(process.env);
  const startedAt = new Date().toISOString();
  const file = resultFile('bench', startedAt);
  const result = await runBench({ settings, startedAt, progress, cleanUps, onRound: (soFar) => keep(file, soFar) });
  const heading = `${settings.jobs.toLocaleString('en')} Jobs, ${settings.rounds} ${settings.rounds === 1 ? 'round' : 'rounds: median (least–most)'}.`;
  const machine = machineLine(result.machine);
  process.stdout.write(`\n${machine}\n${heading}\n\n${tableOf(result)}\n\n${file}\n`);
  if (settings.publish) publishTable('bench', `\n${heading} ${machine}.\n\n${markdownTable(cellsOf(result))}\n`);
});
