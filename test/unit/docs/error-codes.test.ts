import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { ERROR_KINDS } from '../../../src/errors.ts';

const AGAIN = { backoff: 'yes', 'when-available': 'when it answers', never: 'no' } as const;

it('docs/troubleshooting.md has every code with what the operator itself says of it', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/troubleshooting.md', import.meta.url)), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));
  expect(rows).toEqual(Object.entries(ERROR_KINDS).map(([code, { retry, hint }]) => `| \`${code}\` | ${AGAIN[retry]} | ${hint} |`));
});
