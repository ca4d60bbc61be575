/** What a check of `doctor` has found, and how it is printed: one line, with what to do. */
import { OperatorError } from '../../errors.ts';
import { logError } from '../../telemetry/log-error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

/** `warn`: it works, but not as well or as safely as it could. */
export type Level = 'ok' | 'warn' | 'FAIL';

export interface Finding {
  readonly level: Level;
  /** What was looked at. */
  readonly subject: string;
  /** What is the case. */
  readonly text: string;
  /** What to do about it; nothing for `ok`. */
  readonly advice?: string;
}

export function ok(subject: string, text: string): Finding {
  return { level: 'ok', subject, text };
}

export function warn(subject: string, text: string, advice: string): Finding {
  return { level: 'warn', subject, text, advice };
}

export function fail(subject: string, text: string, advice: string): Finding {
  return { level: 'FAIL', subject, text, advice };
}

/** A check that could not be made, with the error's own hint. Nothing of it is printed that a log would not show. */
export function failure(subject: string, error: unknown): Finding {
  if (error instanceof OperatorError) return fail(subject, error.message, error.hint);
  const { message, code } = logError(error);
  return fail(subject, code === undefined ? message : `${message} (${code})`, 'This is a defect of the operator; please report it.');
}

export function format({ level, subject, text, advice }: Finding): string {
  const line = `${level.padEnd(4)}  ${subject}: ${text}${advice === undefined ? '' : ` -> ${advice}`}`;
  return line.replaceAll(/\s*\n\s*/g, ' | ');
}

export function exitCodeFor(findings: readonly Finding[]): ExitCode {
  return findings.some(({ level }) => level === 'FAIL') ? EXIT.failed : EXIT.ok;
}

export function summary(findings: readonly Finding[]): string {
  const count = (wanted: Level): number => findings.filter(({ level }) => level === wanted).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('FAIL')} failed`;
}
