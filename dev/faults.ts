/** `make faults`: each fault between the parts once, and a table of what a user saw meanwhile and how long it took afterwards. `FAULTS='MySQL: .*hole'` for a few. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultRun } from '../test/faults/between/run-fault.ts';
import { textTable } from './text-table.ts';

const TESTS = 'test/faults/between/';

const folder = mkdtempSync(join(tmpdir(), 'jobs-operator-faults-'));
try {
  const report = join(folder, 'runs');
  const { status } = spawnSync('npm', ['run', '--silent', 'test:integration', '--', TESTS], { stdio: 'inherit', env: { ...process.env, FAULTS_REPORT: report } });
  const lines = existsSync(report) ? readFileSync(report, 'utf8').trimEnd().split('\n') : [];
  const runs = lines.map((line) => JSON.parse(line) as FaultRun).toSorted((left, right) => `${left.side} ${left.what}`.localeCompare(`${right.side} ${right.what}`));
  process.stdout.write(`\n${tableOf(runs).join('\n')}\n`);
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function tableOf(runs: readonly FaultRun[]): readonly string[] {
  const head = ['side', 'fault', 'lasts, s', 'a user sees meanwhile', 'all agree, s', 'versions', 'requests', 'problems'];
  const cells = runs.map(({ side, what, lastedSeconds, seen, doneMeanwhile, doneSeconds, versions, attempts, problems }) => [
    side,
    what,
    lastedSeconds.toFixed(1),
    seen,
    doneMeanwhile ? `${doneSeconds.toFixed(1)} into it` : `${doneSeconds.toFixed(1)} after it`,
    String(versions),
    String(attempts),
    String(problems.length),
  ]);
  return [...textTable([head, ...cells]), '', '  versions: new ones of all Jobs from the strike on, the users’ own included; requests: sent to write Jobs, whatever became of them.'];
}
