/** What a parser says about one text: its value, or what is wrong with it and what would be allowed. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/**
 * Reads one variable's text, already trimmed and not empty. Never throws.
 *
 * `problem` continues the sentence "DB_PORT: …" and must not hold anything that could be a secret.
 */
export type Parse<T> = (text: string, files: Files) => Parsed<T>;

/** The files that variables may name. Passed in, so that reading a configuration can be tried without a disk. */
export interface Files {
  /** Throws what `readFileSync` throws. */
  readText(path: string): string;
}

export function fit<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function unfit(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

/** A value as it may stand in a message: quoted, with control characters escaped, and cut when long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
