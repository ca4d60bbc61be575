#!/usr/bin/env node
/** The command line. Each command is imported when it is asked for, so that `--help` costs nothing. */
import { helpText, parseCommandLine, USAGE, type Command } from './commands/command-line.ts';
import { EXIT, exitCodeOf, type ExitCode } from './commands/exit-code.ts';
import { nodeProblem } from './commands/node-version.ts';
import { neededNode, version } from './commands/version.ts';
import { OperatorError } from './errors.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

function execute(command: Command): ExitCode | Promise<ExitCode> {
  switch (command.name) {
    case 'run':
      return import('./commands/run.ts').then(({ run }) => run(process.env));
    case 'migrate':
      return import('./commands/migrate.ts').then(({ migrate }) => migrate(process.env, command.dryRun, print));
    case 'doctor':
      return import('./commands/doctor.ts').then(({ doctor }) => doctor(process.env, print));
    case 'help':
      print(helpText());
      return EXIT.ok;
    case 'version':
      print(version());
      return EXIT.ok;
    case 'mistake':
      complain(`${command.problem}\n\n${USAGE}`);
      return EXIT.usage;
  }
}

// The imports above load on an old Node.js too; those of the commands do not.
const problem = nodeProblem(process.versions.node, neededNode());
if (problem !== undefined) {
  complain(problem);
  process.exit(EXIT.failed);
}

try {
  // Nothing may hold the process once its work is done: no idle connection, no timer.
  process.exit(await execute(parseCommandLine(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof OperatorError)) throw error;
  complain(`${error.message}\n${error.hint}`);
  process.exit(exitCodeOf(error));
}
