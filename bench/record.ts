/** Where results are kept: JSON in bench/results/, which git ignores, and on request the figures of docs/performance.md. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from '../dev/setup-error.ts';
import { withBlock } from './markdown.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const RESULTS = path('./results');
const DOCUMENT = path('../docs/performance.md');
const PICTURE = path('../docs/img/bench-scale.svg');

/** @returns the file of a run: `kind` and its time make the name */
export function resultFile(kind: 'bench' | 'scale' | 'sweep', startedAt: string): string {
  return join(RESULTS, `${kind}-${startedAt.replaceAll(/[:.]/g, '-')}.json`);
}

/** Writes it anew: a run that is interrupted leaves what it had. */
export function keep(file: string, result: unknown): void {
  write(file, `${JSON.stringify(result, null, 2)}\n`);
}

export function keepPicture(file: string, svg: string): string {
  const picture = file.replace(/\.json$/, '.svg');
  write(picture, svg);
  return picture;
}

/** @throws SetupError when there is no such file, or it holds something else */
export function readKept(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SetupError(`${file} cannot be read as a result (${error instanceof Error ? error.message : String(error)}): name one of bench/results/.`, { cause: error });
  }
}

/** Puts a table into its block of docs/performance.md. */
export function publishTable(block: 'bench' | 'scale' | 'sweep', markdown: string): void {
  writeFileSync(DOCUMENT, withBlock(readFileSync(DOCUMENT, 'utf8'), block, markdown));
}

export function publishPicture(svg: string): void {
  write(PICTURE, svg);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
