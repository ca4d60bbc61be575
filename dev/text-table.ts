/** Columns padded to their widest cell; colour codes take no room. */

import { stripVTControlCharacters } from 'node:util';

/** One string per line, indented by two spaces like everything a command printed. */
export function textTable(lines: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [index, cell] of line.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  }
  return lines.map((line) => `  ${line.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - width(cell))).join('   ').trimEnd()}`);
}

function width(cell: string): number {
  // Everything printed here is one column wide and one UTF-16 unit long.
  return stripVTControlCharacters(cell).length;
}
