/**
 * Errors as the log shows them. Other people's errors carry statements, bodies and headers, in fields and
 * in messages, and with those payloads and passwords: nothing is copied that is not named here.
 */
import { OperatorError } from '../errors.ts';

export interface LoggedError {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
  /** HTTP status or MySQL error number. */
  readonly status?: number;
  /** From the nearest cause to the first one. */
  readonly causes?: readonly string[];
  /** The frames, without the message; only of errors that nobody expected. */
  readonly stack?: readonly string[];
}

/** A chain longer than this is a loop. */
const MAX_CAUSES = 8;
const MAX_MESSAGE = 500;

export function logError(error: unknown): LoggedError {
  const causes = causesOf(error).map(describe);
  const withCauses = causes.length > 0 ? { causes } : {};
  if (error instanceof OperatorError) {
    const status = error.status === undefined ? {} : { status: error.status };
    return { code: error.code, message: error.message, hint: error.hint, ...status, ...withCauses };
  }
  const code = stringField(error, 'code');
  return { ...(code === undefined ? {} : { code }), message: describe(error), ...withCauses, ...framesOf(error) };
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  let next = error instanceof Error ? error.cause : undefined;
  while (next !== undefined && next !== null && causes.length < MAX_CAUSES) {
    causes.push(next);
    next = next instanceof Error ? next.cause : undefined;
  }
  return causes;
}

/** One line about any thrown value, safe to print. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? cut(error) : `a thrown ${error === null ? 'null' : typeof error}`;
  // client-node's ApiException repeats body and headers in its message.
  if ('body' in error || 'headers' in error) return `${error.name}: HTTP ${String('code' in error ? error.code : 'error')}`;
  const message = cut(hasStatement(error) ? withoutQuotes(error.message) : error.message);
  return error.name === 'Error' || error instanceof OperatorError ? message : `${error.name}: ${message}`;
}

/** Errors of mysql2 and typeorm about a statement that was sent: MySQL quotes parts of it, values included. */
function hasStatement(error: Error): boolean {
  return 'sql' in error || 'query' in error || 'sqlMessage' in error;
}

/** What a server quotes may be a piece of a value, with quotes of its own inside: everything from the first to the last goes. */
function withoutQuotes(message: string): string {
  return message.replace(/(['"])[\s\S]*\1/g, '$1…$1');
}

function cut(message: string): string {
  const line = message.replaceAll(/\s*\n\s*/g, ' | ');
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line;
}

/** V8 repeats the message at the head of the stack, so only its frames are kept. */
function framesOf(error: unknown): { readonly stack?: readonly string[] } {
  if (!(error instanceof Error) || error.stack === undefined) return {};
  const frames = error.stack.split('\n').filter((line) => /^ {4}at /.test(line)).map((line) => line.trim());
  return { stack: frames };
}

function stringField(error: unknown, field: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}
