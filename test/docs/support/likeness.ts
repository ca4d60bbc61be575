/** Whether a command printed what the page says: to the letter, but for what is different every time. */

/** What differs from run to run, and what it is compared as. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  // Columns are as wide as what stands in them.
  [/[ \t]+/g, ' '],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'ID'],
  [/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?Z?\b/g, 'TIME'],
  // Namespaces of tests, where a person is in the default one.
  [/\btest-[0-9a-f]{10}\b/g, 'default'],
  // kubectl ages: 5s, 3m20s, 2d.
  [/(?<=[\s(])(\d+[dhms])+(?=[\s,)]|$)/g, 'AGE'],
  [/\b(resourceVersion|resource version): "?\d+"?/gi, '$1: N'],
];

/** A line of this alone stands for any lines. */
const ELISION = '…';

export function isLike(printed: string, shown: string): boolean {
  return matches(normal(printed), normal(shown));
}

function normal(text: string): string[] {
  const same = VARYING.reduce((soFar, [pattern, name]) => soFar.replaceAll(pattern, name), text.trim());
  return same.split('\n').map((line) => line.trim());
}

function matches(printed: readonly string[], shown: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first === ELISION) return rest.length === 0 || printed.some((_, skipped) => matches(printed.slice(skipped), rest));
  return printed[0] === first && matches(printed.slice(1), rest);
}
