/** What the demo prints, on stdout: with colours and a table redrawn in place on a terminal, as plain lines in a pipe. */

import { styleText } from 'node:util';
import type { WriteStream } from 'node:tty';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

const NO_WRAP = '\u001B[?7l';
const WRAP = '\u001B[?7h';

export class Screen {
  readonly #stream: NodeJS.WriteStream;
  readonly #began = performance.now();
  /** Lines of the live area, below everything else. */
  #live = 0;
  #muted = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    // A reader that has seen enough (`make demo | head`) is no reason for a stack trace; the end comes with the signal or the story.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#muted = true;
    });
  }

  /** Whether lines can be redrawn in place. */
  get isTerminal(): boolean {
    return (this.#stream as Partial<WriteStream>).isTTY === true && process.env['TERM'] !== 'dumb';
  }

  /** Coloured on a terminal, unless NO_COLOR is set. */
  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  /** Prints lines, under which the live area appears at its next drawing. */
  say(text = ''): void {
    this.#erase();
    this.#write(`${text}\n`);
  }

  heading(text: string): void {
    this.say(`\n${this.paint('bold', text)}${this.paint('dim', `  +${this.elapsed()}`)}`);
  }

  /** A command line and, word for word, what it printed. */
  command(line: string, output = ''): void {
    this.say(`  ${this.paint('cyan', `$ ${line}`)}`);
    if (output.trimEnd() !== '') this.say(indented(output.trimEnd()));
  }

  /** Draws the live area anew; nothing in a pipe. Lines longer than the terminal is wide are cut. */
  redraw(lines: readonly string[]): void {
    if (!this.isTerminal) return;
    // In one piece: a terminal that draws between two writes would flicker.
    this.#write(`${this.#erasure()}${NO_WRAP}${lines.map((line) => `${line}\n`).join('')}${WRAP}`);
    this.#live = lines.length;
  }

  /** Ends the live area: what it shows stays, or is wiped out. */
  settle(how: 'keep' | 'wipe'): void {
    if (how === 'wipe') this.#erase();
    this.#live = 0;
  }

  /** Nothing is printed from here on. */
  mute(): void {
    this.#muted = true;
  }

  /** Since the start, as `12.3 s`. */
  elapsed(): string {
    return `${((performance.now() - this.#began) / 1000).toFixed(1)} s`;
  }

  #erase(): void {
    this.#write(this.#erasure());
    this.#live = 0;
  }

  #erasure(): string {
    return this.#live === 0 ? '' : `\u001B[${this.#live}F\u001B[J`;
  }

  #write(text: string): void {
    if (!this.#muted && text !== '') this.#stream.write(text);
  }
}

export function indented(text: string, by = '  '): string {
  return text.replaceAll(/^(?=.)/gm, by);
}
