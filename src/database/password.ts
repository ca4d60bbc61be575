/** The database password: the variable's value, or a mounted file that may be rotated while the process runs. */
import { readFileSync } from 'node:fs';
import type { PasswordSource } from './settings.ts';

/** How long a password that was read stands (ms): short beside any retry of a refused login, long beside a statement. */
const FRESH_MS = 1_000;

interface PasswordEnvironment {
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  readonly readFile: (path: string) => string;
}

const SYSTEM: PasswordEnvironment = { now: () => performance.now(), readFile: (path) => readFileSync(path, 'utf8') };

/**
 * A function that gives the password of this moment.
 *
 * It never throws once a password has been read: while a file cannot be read (a Secret that is being
 * replaced), the last one stands, and the server is the judge of it.
 *
 * @throws the file system's error when the file cannot be read the first time
 */
export function passwordFrom(source: PasswordSource, environment: PasswordEnvironment = SYSTEM): () => string {
  if (source.kind === 'value') return () => source.value;
  const { path } = source;
  const read = (): string => environment.readFile(path).replace(/\r?\n$/, '');
  let password = read();
  let readAt = environment.now();
  return () => {
    const now = environment.now();
    // The driver asks for every connection and for every query; the file is small, but not that small.
    if (now - readAt < FRESH_MS) return password;
    readAt = now;
    try {
      password = read();
    } catch (error) {
      if (!isFileError(error)) throw error;
    }
    return password;
  };
}

function isFileError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error;
}
