/** `make test`, as README.md shows it: everything that has to pass, in one run: types, lint, build, known vulnerabilities, all tests, the demo. The last line counts them together. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT_NO_ANSWER } from './audit.ts';
import { requestedEngine } from './database-engine.ts';
import { failuresOf } from './failures.ts';
import type { FailureReport } from './failures.ts';
import { serverPrograms } from './mysql-binaries.ts';
import { createProgress } from './progress.ts';
import { SetupError } from './setup-error.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed and why, lines for the end. */
  readonly failures: readonly string[];
}

/** The parts of jest's `--json` report that are counted. */
interface JestReport extends FailureReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that failed before any test of theirs ran. */
  readonly numRuntimeErrorTestSuites: number;
  readonly success: boolean;
}

function heading(what: string): void {
  process.stdout.write(`\n== ${what}\n`);
}

/** Runs one of package.json's scripts, its output shown. */
function runScript(name: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): boolean {
  return spawnSync('npm', ['run', '--silent', name, '--', ...args], { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}

function check(what: string, script: string): Count {
  heading(what);
  const passed = runScript(script);
  process.stdout.write(passed ? 'passed\n' : `FAILED: npm run ${script}\n`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0, failures: passed ? [] : [`FAILED npm run ${script}`] };
}

/** A registry that does not answer, or forbids the question, says nothing about the packages: skipped, and counted so. */
function audit(): Count {
  heading('known vulnerabilities');
  const { status } = spawnSync('npm', ['run', '--silent', 'audit'], { stdio: 'inherit' });
  const failed = status !== 0 && status !== EXIT_NO_ANSWER;
  return { passed: status === 0 ? 1 : 0, failed: failed ? 1 : 0, skipped: status === EXIT_NO_ANSWER ? 1 : 0, failures: failed ? ['FAILED npm run audit'] : [] };
}

function tests(what: string, files: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Count {
  heading(what);
  const folder = mkdtempSync(join(tmpdir(), 'jobs-operator-report-'));
  try {
    const file = join(folder, 'report.json');
    const succeeded = runScript('test:all', [...files, '--json', `--outputFile=${file}`], env);
    return countTests(readReport(file), succeeded);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What depends on the engine most: every statement, and one Job's life from end to end. All else runs there with DB=mariadb. */
const ON_BOTH_ENGINES = ['test/integration/database/', 'test/e2e/life-cycle/one-job.test.ts'];

/** After a run on MySQL; what MariaDB's programs cannot be had for is skipped, and counted so. */
async function testsOnTheOtherEngine(): Promise<readonly Count[]> {
  if (requestedEngine() === 'mariadb') return [];
  const what = 'the same statements on MariaDB';
  try {
    await serverPrograms('mariadb', createProgress()).next();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    heading(what);
    process.stdout.write(`SKIPPED: ${error.message}\n`);
    return [{ passed: 0, failed: 0, skipped: 1, failures: [] }];
  }
  // A server that was named is of one engine.
  return [tests(what, ON_BOTH_ENGINES, { DB: 'mariadb', TEST_DATABASE_URL: '' })];
}

/** No report is written when the run itself failed, for example because the stack did not start. */
function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function countTests(report: JestReport | undefined, succeeded: boolean): Count {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0, failures: ['FAILED the run of the tests, before any of them'] };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  // An unhandled error, a broken tear-down.
  const brokeAfterwards = !(succeeded && report.success);
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && brokeAfterwards ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: failed === 0 && brokeAfterwards ? ['FAILED the run of the tests, all of which passed'] : failuresOf(report, process.cwd()),
  };
}

const counts = [
  check('types', 'typecheck'),
  check('lint', 'lint'),
  check('build', 'build'),
  audit(),
  tests('tests'),
  ...(await testsOnTheOtherEngine()),
  check('make demo', 'demo'),
];
const total = (key: 'passed' | 'failed' | 'skipped'): number => counts.reduce((sum, count) => sum + count[key], 0);
const skipped = total('skipped') === 0 ? '' : `, ${total('skipped')} skipped`;
const failures = counts.flatMap((count) => count.failures);
if (failures.length > 0) {
  heading('what failed');
  process.stdout.write(`${failures.join('\n')}\n`);
}
process.stdout.write(`\n${total('passed')} passed, ${total('failed')} failed${skipped}\n`);
process.exitCode = total('failed') === 0 ? 0 : 1;
