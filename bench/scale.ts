/**
 * `make bench-scale`: the benchmark for growing numbers of Jobs, one round each, and the picture of it. docs/performance.md says more.
 */

import { runCommand } from '../dev/command.ts';
import { machineLine } from './machine.ts';
import { markdownTable } from './markdown.ts';
import { keep, keepPicture, publishPicture, publishTable, readKept, resultFile } from './record.ts';
import type { BenchResult } from './result.ts';
import { runBench } from './run.ts';
import { scaleChart } from './scale-chart.ts';
import { growthLines, scaleCells, scaleTable } from './scale-report.ts';
import { scaleFrom } from './settings.ts';

await runCommand(async (progress, cleanUps) => {
  const { sizes, publish, drawFrom } = scaleFrom(process.env);
  const startedAt = new Date().toISOString();
  const file = drawFrom ?? resultFile('scale', startedAt);
  const runs: BenchResult[] = drawFrom === undefined ? [] : [...(readKept(drawFrom) as readonly BenchResult[])];
  if (drawFrom === undefined) {
    for (const settings of sizes) {
      // A stage of its own for each: the last one's history is no part of this one's figures.
      progress.say(`\n${settings.jobs.toLocaleString('en')} Jobs`);
      const run = cleanUps.nested();
      runs.push(await runBench({ settings, startedAt, progress, cleanUps: run, onRound: (soFar) => keep(file, [...runs, soFar]) }));
      await run.run();
    }
  }
  const svg = scaleChart(runs);
  const machine = runs[0] === undefined ? '' : machineLine(runs[0].machine);
  process.stdout.write(`\n${machine}\n\n${scaleTable(runs)}\n\n${file}\n${keepPicture(file, svg)}\n`);
  if (!publish) return;
  publishTable('scale', `\n![Cost and latency by the number of Jobs](img/bench-scale.svg)\n\n${machine}.\n\n${markdownTable(scaleCells(runs))}\n\n${growthLines(runs).join('  \n')}\n`);
  publishPicture(svg);
});
