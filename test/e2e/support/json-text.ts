/** JSON texts compared as values, without ever rounding a number on the way. */

/**
 * One text per value: keys sorted, no space, integers digit for digit, and every other number as JavaScript prints the
 * double that it is (the API server prints 1e300 as 1e+300, and 1.0 as 1).
 */
export function canonical(text: string): string {
  // A reviver sees each number's own text; as a string with a mark it survives what follows.
  const value: unknown = JSON.parse(text, (_key, inner: unknown, context?: { readonly source?: string }) =>
    typeof inner === 'number' ? { [NUMBER]: digits(context?.source ?? String(inner)) } : inner,
  );
  return print(value);
}

/** The canonical text of what stands in `text` under these keys; `undefined` if there is nothing. */
export function fieldOf(text: string, ...keys: readonly string[]): string | undefined {
  let value: unknown = JSON.parse(canonical(text), (_key, inner: unknown, context?: { readonly source?: string }) =>
    typeof inner === 'number' ? { [NUMBER]: context?.source ?? String(inner) } : inner,
  );
  for (const key of keys) value = (value as Record<string, unknown> | undefined)?.[key];
  return value === undefined ? undefined : print(value);
}

const NUMBER = Symbol('number');

function digits(source: string): string {
  if (/^-?\d+$/.test(source)) return BigInt(source).toString();
  return String(Number(source));
}

function print(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(print).join(',')}]`;
  if (NUMBER in value) return String(value[NUMBER]);
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${print(inner)}`).join(',')}}`;
}
