/** Variables that name a file: read once at start, so that a wrong mount is told at once and not at the first login. */
import { readFileSync } from 'node:fs';
import { fit, unfit, type Files, type Parse } from './parsed.ts';

export const disk: Files = { readText: (path) => readFileSync(path, 'utf8') };

/**
 * The path of a readable file with something in it.
 *
 * The path is not repeated in a problem: people have put the password itself into DB_PASSWORD_FILE.
 */
export const secretFile: Parse<string> = (path, files) => {
  const content = read(path, files);
  if ('problem' in content) return unfit(content.problem);
  return content.text.trim() === '' ? unfit('names an empty file; allowed: a file that holds the password') : fit(path);
};

/** The path of a readable file with at least one certificate in PEM. */
export const certificateFile: Parse<string> = (path, files) => {
  const content = read(path, files);
  if ('problem' in content) return unfit(content.problem);
  return content.text.includes('-----BEGIN CERTIFICATE-----')
    ? fit(path)
    : unfit('names a file without a certificate; allowed: a file of certificates in PEM');
};

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'names a file that does not exist',
  EACCES: 'names a file that this user may not read',
  EPERM: 'names a file that this user may not read',
  EISDIR: 'names a folder',
  ENOTDIR: 'names a file that does not exist',
};

function read(path: string, files: Files): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: files.readText(path) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { problem: `${READ_PROBLEMS[code] ?? `names a file that cannot be read (${code})`}; allowed: the path of a readable file` };
  }
}
