/** One copy of each string that many Jobs share: condition types, reasons and messages, times, finalizers, namespaces. */

/** Messages that quote a worker's error are each their own: keeping all of them would be a leak. */
const CAPACITY = 4_096;
const LONGEST = 256;

const known = new Map<string, string>();

/** The same characters, in memory that is shared with every equal string given before. */
export function intern(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (text.length > LONGEST) return text;
  // Started anew when full: what is in use comes back by itself.
  if (known.size >= CAPACITY) known.clear();
  known.set(text, text);
  return text;
}
