/** The failures of a run of tests, said once more at its end: a run prints thousands of lines, and whoever keeps but the last of them must still see why it failed. */

import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** The parts of jest's `--json` report that tell of failures. */
export interface FailureReport {
  readonly testResults: readonly {
    /** The file, absolute. */
    readonly name: string;
    readonly status: string;
    /** Why it failed; all there is of a file that failed before its tests ran. */
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages?: readonly string[] | null }[];
  }[];
}

/** Enough for what was expected and received, or for what a soak found. */
const LINES_OF_EACH = 16;
const STACK_LINE = /^\s+at /;

/** @param root of the project, which the names of files are told from. @returns lines, none when nothing failed */
export function failuresOf({ testResults }: FailureReport, root: string): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      const reasons = failed.length === 0 ? [['', message] as const] : failed.map(({ fullName, failureMessages }) => [` › ${fullName}`, failureMessages?.[0] ?? ''] as const);
      return reasons.flatMap(([test, reason]) => [`FAILED ${relative(root, name)}${test}`, ...firstLines(reason)]);
    });
}

/** Without colours, without empty lines, without the stack. */
function firstLines(reason: string): string[] {
  const lines = stripVTControlCharacters(reason)
    .split('\n')
    .filter((line) => line.trim() !== '' && !STACK_LINE.test(line));
  const left = lines.length - LINES_OF_EACH;
  return [...lines.slice(0, LINES_OF_EACH).map((line) => `  ${line}`), ...(left > 0 ? [`  … and ${left} lines more`] : [])];
}
