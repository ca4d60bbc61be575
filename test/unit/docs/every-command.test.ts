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

/** What the local stack has not. */
const OUT_OF_REACH = ['a container engine', 'a kubelet'];

/** Typed by the page's own test, or run by another test or a script, which says so. */
function isRun({ page, runBy, needs }: ShownCommand): boolean {
  if (needs !== undefined) return OUT_OF_REACH.includes(needs);
  return runBy === undefined ? PAGE_TESTS.some((test) => test.includes(`playPage('${page}'`)) : read(runBy).includes(page);
}

describe('no command of the documentation can rot', () => {
  it.each(PAGES)('every command of %s is run by a test or a script', (page) => {
    const rotting = commandsOf(page).filter((command) => !isRun(command));
    expect(rotting.map(({ line, text }) => `${page}:${line} ${text}`)).toEqual([]);
  });
});
