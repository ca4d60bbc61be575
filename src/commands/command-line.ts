/** The command line: what may be said, and what was said. Everything else is told by environment variables. */
import { describeVariables } from '../config/variables.ts';

export type Command =
  | { readonly name: 'run' }
  | { readonly name: 'doctor' }
  | { readonly name: 'migrate'; readonly dryRun: boolean }
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | { readonly name: 'mistake'; readonly problem: string };

export const USAGE = `Usage: jobs-operator <command>

  run                  watch Jobs and keep them in step with their rows, until SIGTERM or SIGINT
  migrate [--dry-run]  bring the database up to date as DB_MIGRATE says; --dry-run prints the SQL only
  doctor               check configuration, cluster and database, a line for each with what to do

  --help               this text and all environment variables
  --version            the version`;

export function helpText(): string {
  return `${USAGE}

Exit codes: 0 well, 1 failed, 64 wrong command line, 78 wrong configuration.

Environment variables (with their defaults):

${describeVariables()}

The cluster comes from the pod's service account, else KUBECONFIG, else ~/.kube/config.`;
}

/** @param words the arguments after the program's own name */
export function parseCommandLine(words: readonly string[]): Command {
  if (words.some((word) => word === '--help' || word === '-h')) return { name: 'help' };
  const [name, ...options] = words;
  switch (name) {
    case 'help':
      return { name };
    case '--version':
      return { name: 'version' };
    case 'migrate': {
      const unknown = options.find((option) => option !== '--dry-run');
      return unknown === undefined ? { name, dryRun: options.length > 0 } : mistake(`migrate does not know ${unknown}`);
    }
    case 'run':
    case 'doctor':
      return options[0] === undefined ? { name } : mistake(`${name} does not know ${options[0]}`);
    case undefined:
      return mistake('a command is missing');
    default:
      return mistake(`there is no command ${name}`);
  }
}

function mistake(problem: string): Command {
  return { name: 'mistake', problem };
}
