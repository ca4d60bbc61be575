/** Words out of a list. */
import { fit, quote, unfit, type Parse } from './parsed.ts';

/** @param comingLater words that the documentation knows and this version does not, each with what to do instead */
export function oneOf<const W extends string>(
  words: readonly W[],
  comingLater: Readonly<Record<string, string>> = {},
): Parse<W> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return fit(word);
    if (Object.hasOwn(comingLater, text)) return unfit(`${quote(text)} is ${comingLater[text]}`);
    return unfit(`${quote(text)} does not fit; allowed: ${words.join(', ')}`);
  };
}
