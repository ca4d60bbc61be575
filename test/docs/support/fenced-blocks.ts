/** The commands that a page of documentation shows: its fenced blocks of `sh` (a script) and `console` (commands with what they print). */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../', import.meta.url);

/** A command as a person types it, and what the page says it prints. */
export interface ShownCommand {
  readonly page: string;
  /** Where it stands in the page, from 1. */
  readonly line: number;
  readonly text: string;
  /** Undefined where the page shows none. */
  readonly output: string | undefined;
  /** From `<!-- run by PATH -->` above the block: the test or script that runs it, where it is not the page's own test. */
  readonly runBy: string | undefined;
  /** From `<!-- not run: needs WHAT -->` above the block: what no test can have. */
  readonly needs: string | undefined;
}

interface Block {
  readonly language: string;
  /** Of its first line in the page, from 1. */
  readonly line: number;
  readonly lines: string[];
  readonly remark: string;
}

/** @param page path from the project's folder, e.g. `docs/keyboard.md` */
export function commandsOf(page: string): ShownCommand[] {
  return commandsIn(page, readFileSync(fileURLToPath(new URL(page, ROOT)), 'utf8'));
}

export function commandsIn(page: string, markdown: string): ShownCommand[] {
  return blocksIn(markdown).flatMap(({ language, line, lines, remark }) => {
    const runBy = /^<!-- run by (\S+) -->$/.exec(remark)?.[1];
    const needs = /^<!-- not run: needs (.+) -->$/.exec(remark)?.[1];
    const found = language === 'console' ? session(lines) : language === 'sh' ? [{ at: 0, text: lines.join('\n'), output: undefined }] : [];
    return found.map(({ at, text, output }) => ({ page, line: line + at, text, output, runBy, needs }));
  });
}

function blocksIn(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  let remark = '';
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (open !== undefined) {
      if (fence === null) open.lines.push(line);
      else open = void blocks.push(open);
    } else if (fence !== null) {
      open = { language: fence[1] ?? '', line: index + 2, lines: [], remark };
      remark = '';
    } else if (line.trim() !== '') {
      remark = line.trim();
    }
  }
  return blocks;
}

/** `$ ` begins a command, `> ` goes on with it, and the rest is what it prints. */
function session(lines: readonly string[]): { at: number; text: string; output: string }[] {
  const commands: { at: number; text: string; output: string }[] = [];
  for (const [at, line] of lines.entries()) {
    const current = commands.at(-1);
    if (line.startsWith('$ ')) commands.push({ at, text: line.slice(2), output: '' });
    else if (current === undefined) throw new Error(`a session begins with "${line}", and not with a command`);
    else if (line.startsWith('> ') && current.output === '') current.text += `\n${line.slice(2)}`;
    else current.output += `${line}\n`;
  }
  return commands.map((command) => ({ ...command, output: command.output.trim() }));
}
