/**
 * Where a member stands inside JSON text, found without parsing any value.
 *
 * JSON.parse rounds integers over 2^53 and a reviver overflows the stack at some 5,000 levels, so values
 * that must arrive unchanged are carried as the text they came in. Every function here takes valid JSON
 * as given: on anything else the answer is unspecified, but it always comes (no throw, no endless loop),
 * because whoever cuts also parses the rest and meets the fault there.
 */

/** Half-open range of UTF-16 offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Path = readonly string[];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The offset behind the closing quote of the string that opens at `from`. */
export function skipString(text: string, from: number): number {
  let close = text.indexOf('"', from + 1);
  while (close !== -1) {
    let before = close - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((close - before) % 2 === 1) return close + 1;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}

/** The offset behind the value that starts at `from` (no white space before it); any depth, no recursion. */
export function skipValue(text: string, from: number): number {
  const length = text.length;
  let at = from;
  let depth = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (code === COMMA || code <= 0x20)) {
      return at;
    }
    at++;
  }
  return length;
}

/**
 * Finds several members in one pass. The answer has the order of `paths`; `undefined` where there is no such
 * member. Of members with the same key the last one counts, as for JSON.parse. A path may be the beginning of another.
 */
export function locate(text: string, paths: readonly Path[]): (Span | undefined)[] {
  const found: (Span | undefined)[] = paths.map(() => undefined);
  walk(text, skipSpace(text, 0), paths, paths.map((_, index) => index), 0, found);
  return found;
}

/** Goes as deep as the longest path, never as deep as the data. Returns the offset behind the value. */
function walk(
  text: string,
  start: number,
  paths: readonly Path[],
  wanted: readonly number[],
  depth: number,
  found: (Span | undefined)[],
): number {
  // A later duplicate replaces an earlier one whole, whatever was found inside that one.
  for (const index of wanted) found[index] = undefined;
  const deeper = wanted.filter((index) => (paths[index]?.length ?? 0) > depth);
  const end =
    deeper.length > 0 && text.charCodeAt(start) === OPEN_BRACE
      ? walkMembers(text, start, paths, deeper, depth, found)
      : skipValue(text, start);
  for (const index of wanted) {
    if (paths[index]?.length === depth) found[index] = { start, end };
  }
  return end;
}

function walkMembers(
  text: string,
  open: number,
  paths: readonly Path[],
  wanted: readonly number[],
  depth: number,
  found: (Span | undefined)[],
): number {
  let at = skipSpace(text, open + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = skipString(text, at);
    const key = decodeKey(text, at, keyEnd);
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const matching = wanted.filter((index) => paths[index]?.[depth] === key);
    at = matching.length > 0 ? walk(text, value, paths, matching, depth + 1, found) : skipValue(text, value);
    at = skipSpace(text, at);
    if (text.charCodeAt(at) !== COMMA) break;
    at = skipSpace(text, at + 1);
  }
  return Math.min(at + 1, text.length);
}

function decodeKey(text: string, start: number, end: number): string | undefined {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? decodeEscapes(text.slice(start, end)) : raw;
}

function decodeEscapes(quoted: string): string | undefined {
  try {
    const decoded: unknown = JSON.parse(quoted);
    return typeof decoded === 'string' ? decoded : undefined;
  } catch {
    // Not JSON (see the top): a key that no path can name.
    return undefined;
  }
}

/** The exact raw text of one member, or undefined. */
export function sliceMember(text: string, path: Path): string | undefined {
  const span = locate(text, [path])[0];
  return span && text.slice(span.start, span.end);
}

/**
 * The raw texts of members of the object at `path`, in the order of `keys`, read no further than they have to be. Of members with the same key
 * the first counts, and a key with an escape in it is not found: for text whose printer is known, and has neither.
 */
export function peekMembers(text: string, path: Path, keys: readonly string[]): (string | undefined)[] {
  const found: (string | undefined)[] = keys.map(() => undefined);
  let object: number | undefined = skipSpace(text, 0);
  for (const name of path) {
    object = eachMember(text, object, (key) => text.startsWith(name, key) && text.charCodeAt(key + name.length) === QUOTE);
    if (object === undefined) return found;
  }
  let left = keys.length;
  eachMember(text, object, (key, value) => {
    const index = keys.findIndex((name) => text.startsWith(name, key) && text.charCodeAt(key + name.length) === QUOTE);
    if (index === -1 || found[index] !== undefined) return false;
    found[index] = text.slice(value, skipValue(text, value));
    left -= 1;
    return left === 0;
  });
  return found;
}

/** Walks the members of the object at `open` until `isLast` says so; returns where the value of that one begins. */
function eachMember(text: string, open: number, isLast: (key: number, value: number) => boolean): number | undefined {
  if (text.charCodeAt(open) !== OPEN_BRACE) return undefined;
  let at = skipSpace(text, open + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const value = skipSpace(text, skipSpace(text, skipString(text, at)) + 1);
    if (isLast(at + 1, value)) return value;
    at = skipSpace(text, skipValue(text, value));
    if (text.charCodeAt(at) !== COMMA) return undefined;
    at = skipSpace(text, at + 1);
  }
  return undefined;
}

/** The raw texts of the elements of the array at `path` (the text itself by default); nothing where there is no array. */
export function* sliceElements(text: string, path: Path = []): Generator<string, void, undefined> {
  const span = locate(text, [path])[0];
  if (!span || text.charCodeAt(span.start) !== OPEN_BRACKET) return;
  let at = skipSpace(text, span.start + 1);
  while (at < span.end && text.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = skipValue(text, at);
    yield text.slice(at, end);
    at = skipSpace(text, end);
    if (text.charCodeAt(at) !== COMMA) return;
    at = skipSpace(text, at + 1);
  }
}

/** The text with each of the spans replaced by `null`, so that the rest can be parsed without them. */
export function cut(text: string, spans: readonly (Span | undefined)[]): string {
  const present = spans.filter((span) => span !== undefined).toSorted((a, b) => a.start - b.start);
  let rest = '';
  let at = 0;
  for (const span of present) {
    if (span.start < at) continue;
    rest += `${text.slice(at, span.start)}null`;
    at = span.end;
  }
  return at === 0 ? text : rest + text.slice(at);
}

/**
 * The same characters in memory of their own: a slice keeps the whole text alive that it was cut from,
 * which for one payload out of a list of 500 would be the list.
 */
export function detach(slice: string): string {
  return Buffer.from(slice, 'utf8').toString('utf8');
}
