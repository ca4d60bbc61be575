/** A minimal valid environment and a disk of our own, for the configuration's specification. */
import type { Files } from '../../../src/config/parsed.ts';

export const VALID = { DB_HOST: 'db.example.com', DB_PASSWORD: 'correct horse' } as const;

/** Files as a map from path to text; a value that is an error code is thrown as the disk would. */
export function filesOf(texts: Readonly<Record<string, string | { readonly code: string }>> = {}): Files {
  return {
    readText(path) {
      const text = texts[path] ?? { code: 'ENOENT' };
      if (typeof text === 'string') return text;
      throw Object.assign(new Error(`${text.code}: ${path}`), { code: text.code });
    },
  };
}
