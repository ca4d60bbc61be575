/**
 * `make bench-sweep`: a million expired rows among two million, deleted by the operator's sweep and, in a table just like it, by the one DELETE of the
 * table's description, while workers use the table. docs/performance.md says what the figures mean.
 */

import { createDatabase } from '../dev/database.ts';
import { textTable } from '../dev/text-table.ts';
import { runCommand } from '../dev/command.ts';
import { describeMachine, machineLine } from './machine.ts';
import { markdownTable } from './markdown.ts';
import { keep, publishTable, resultFile } from './record.ts';
import { untilPurged } from './sweep/deletion.ts';
import { copyTable, fillTable } from './sweep/full-table.ts';
import { sweepCells } from './sweep/report.ts';
import type { SweepResult } from './sweep/report.ts';
import { sweepSettingsFrom } from './sweep/settings.ts';
import { openSweepStage } from './sweep/stage.ts';
import { deleteAtOnce, sweepByOperator } from './sweep/ways.ts';

const TOLD_EVERY = 250_000;

await runCommand(async (progress, cleanUps) => {
  const settings = sweepSettingsFrom(process.env);
  const startedAt = new Date().toISOString();
  const stage = await openSweepStage(progress, cleanUps);
  const [swept, deleted] = [await createDatabase(stage.mysql), await createDatabase(stage.mysql)];
  await progress.during(`Filling a table with ${settings.rows.toLocaleString('en')} rows`, () =>
    fillTable(swept, settings.rows, (rows) => {
      if (rows % TOLD_EVERY === 0) progress.say(`  ${rows.toLocaleString('en')} rows`);
    }),
  );
  await progress.during('Copying it', () => copyTable(swept, deleted));
  const sweep = await progress.during('The sweep', () => sweepByOperator(stage, swept, settings));
  const admin = await swept.connectAsAdmin();
  await progress.during('Letting the server clear up', () => untilPurged(admin));
  await admin.end();
  const oneDelete = await progress.during('One DELETE', () => deleteAtOnce(deleted, settings));
  const machine = await describeMachine(stage);
  const result: SweepResult = { startedAt, machine, settings, sweep, oneDelete };
  const file = resultFile('sweep', startedAt);
  keep(file, result);
  const cells = sweepCells(result);
  const heading = `${settings.rows.toLocaleString('en')} rows, ${settings.workPerSecond} statements of workers a second.`;
  process.stdout.write(`\n${machineLine(machine)}\n${heading}\n\n${textTable(cells).join('\n')}\n\n${file}\n`);
  if (process.env['BENCH_PUBLISH']) publishTable('sweep', `\n${heading} ${machineLine(machine)}.\n\n${markdownTable(cells)}\n`);
});
