/** Tables as Markdown, and the blocks of docs/performance.md that runs fill in. */

/** @param cells the heading first; leading spaces, which say that a line belongs to the one above, become a dash */
export function markdownTable(cells: readonly (readonly string[])[]): string {
  const lines = cells.map((line) => `| ${line.map((cell) => cell.replace(/^ +/, '– ').replaceAll('|', '\\|')).join(' | ')} |`);
  const rule = `|${(cells[0] ?? []).map((_, index) => (index === 0 ? ' --- ' : ' ---: ')).join('|')}|`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/**
 * The text with what stands between `<!-- name:begin … -->` and `<!-- name:end -->` replaced.
 * @throws Error when the marks are not there
 */
export function withBlock(text: string, name: string, block: string): string {
  const begin = new RegExp(`<!-- ${name}:begin[^>]*-->`).exec(text);
  const end = text.indexOf(`<!-- ${name}:end -->`);
  if (begin === null || end < begin.index) throw new Error(`there is no block "${name}"`);
  return `${text.slice(0, begin.index + begin[0].length)}\n${block}\n${text.slice(end)}`;
}
