import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { commandsOf } from '../../docs/support/fenced-blocks.ts';
import type { ShownCommand } from '../../docs/support/fenced-blocks.ts';

const ROOT = new URL('../../../', import.meta.url);

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8');
const list = (folder: string): string[] => readdirSync(fileURLToPath(new URL(folder, ROOT))).map((name) => `${folder}${name}`);

const PAGES = [...list('./').map((path) => path.slice(2)), ...list('docs/'), ...list('dev/')].filter((path) => path.endsWith('.md'));
const PAGE_TESTS = list('test/docs/').filter((path) => path.endsWith('.test.ts')).map(read);

/** Typed by the page's own test, or named together with what runs it; that speaks of the page or of the command. */
function isRun({ page, text, runBy }: ShownCommand): boolean {
  if (runBy === undefined) return PAGE_TESTS.some((test) => test.includes(`playPage('${page}'`));
  const runner = read(runBy);
  return text.split('\n').every((line) => runner.includes(page) || runner.includes(line.replace(/\s+#.*/, '').trim()));
}

describe('no command of the documentation can rot', () => {
  it.each(PAGES)('every command of %s is run by a test or a script', (page) => {
    const rotting = commandsOf(page).filter((command) => !isRun(command));
    expect(rotting.map(({ line, text }) => `${page}:${line} ${text}`)).toEqual([]);
  });
});
