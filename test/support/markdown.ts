/** What the docs say, for tests that hold them to it. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The text of a file of the project. @param path from its root */
export function readDoc(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

/** The text under a heading of any level, up to the next of the same level or a higher one. Throws when there is no such heading. */
export function sectionOf(text: string, title: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === title);
  if (start === -1) throw new Error(`there is no heading "${title}"`);
  const level = lines[start]?.indexOf(' ') ?? 0;
  const length = lines.slice(start + 1).findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length === -1 ? undefined : start + 1 + length).join('\n');
}

/** The rows of the first table in the text, each a record by its column's title. */
export function tableIn(text: string): Record<string, string>[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  const [titles = [], , ...rows] = lines.slice(start, length === -1 ? undefined : start + length).map(cellsOf);
  return rows.map((cells) => Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? ''])));
}

function cellsOf(line: string): string[] {
  return line.slice(1, line.lastIndexOf('|')).split('|').map((cell) => cell.trim());
}

/** The contents of the fenced YAML blocks, in their order. */
export function yamlIn(text: string): string[] {
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, body = '']) => body);
}
