/** `doctor`: everything the operator depends on, looked at once, a line for each with what to do. */
import { readConfig, type Environment } from '../config.ts';
import { checkCluster } from './checks/cluster.ts';
import { checkDatabase } from './checks/database.ts';
import { exitCodeFor, fail, format, ok, summary, warn, type Finding } from './checks/finding.ts';
import type { ExitCode } from './exit-code.ts';

const HELP = '`jobs-operator --help` lists all variables.';

/** Prints each finding as soon as it is there, goes on after a failure, and changes nothing anywhere. */
export async function doctor(env: Environment, print: (line: string) => void): Promise<ExitCode> {
  const findings: Finding[] = [];
  for await (const finding of examine(env)) {
    findings.push(finding);
    print(format(finding));
  }
  print(summary(findings));
  return exitCodeFor(findings);
}

async function* examine(env: Environment): AsyncGenerator<Finding, void, undefined> {
  const { config, problems } = readConfig(env);
  for (const { variable, problem } of problems) yield fail(`configuration ${variable}`, problem, HELP);
  // Which cluster and which database to look at is only known from a whole configuration.
  if (config === undefined) return;
  yield ok('configuration', 'every variable is understood');
  for (const { variable, problem } of config.warnings) yield warn(`configuration ${variable}`, problem, HELP);
  yield* checkCluster(config);
  yield* checkDatabase(config);
}
