/** How deep JSON text is nested, found without parsing it: a parser that recurses would meet its end first. */
import { skipString } from './slice.ts';

/** Whether arrays and objects stand inside each other more than `levels` deep. On text that is not JSON the answer is unspecified, but it comes. */
export function isDeeperThan(text: string, levels: number): boolean {
  // Each level has a bracket at both ends.
  if (text.length <= 2 * levels) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = skipString(text, at) - 1;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}
