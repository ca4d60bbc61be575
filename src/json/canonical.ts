/**
 * One text for one JSON value, whoever printed it: MySQL and the API server write the same value with other
 * spaces, key orders, escapes and number spellings, and only a comparison of what is meant says whether a status is due.
 */
import { hash } from 'node:crypto';
import { skipSpace, skipString } from './slice.ts';

const INT64_MAX = 9_223_372_036_854_775_807n;
const INT64_MIN = -9_223_372_036_854_775_808n;
/** Integers of up to this many characters, sign included, are within int64 without looking. */
const SURELY_INT64 = 18;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const INTEGER = /^-?\d+$/;
const LITERAL = /true|false|null/y;

interface ObjectFrame {
  readonly members: Map<string, string>;
  key: string;
}
interface ArrayFrame {
  readonly elements: string[];
}
type Frame = ObjectFrame | ArrayFrame;

/**
 * Keys in one fixed order (the last of duplicates counts), no white space. Integers within int64 keep their digits and
 * -0 is 0; every other number is the float64 in ECMAScript notation, which is Go's encoding/json's too, so 1.0 equals 1
 * and integers beyond int64 equal what the API server makes of them. Strings escape only what JSON must; lone surrogates
 * are U+FFFD, as Go decodes them. Any depth; no recursion.
 *
 * @throws SyntaxError when the text is not one JSON value; the message holds the offset, never the text.
 */
export function canonicalJson(text: string): string {
  const stack: Frame[] = [];
  let at = skipSpace(text, 0);
  for (;;) {
    let value: string | undefined;
    const first = text[at];
    if (first === '{' || first === '[') {
      const inside = skipSpace(text, at + 1);
      if (text[inside] === (first === '{' ? '}' : ']')) {
        value = first === '{' ? '{}' : '[]';
        at = inside + 1;
      } else if (first === '{') {
        const frame: ObjectFrame = { members: new Map(), key: '' };
        stack.push(frame);
        at = readKey(text, inside, frame);
        continue;
      } else {
        stack.push({ elements: [] });
        at = inside;
        continue;
      }
    } else {
      const end = scalarEnd(text, at);
      value = canonicalScalar(text.slice(at, end), at);
      at = end;
    }

    // The value is complete: hand it to its parent, and every parent that ends here to its own.
    for (;;) {
      at = skipSpace(text, at);
      const frame = stack.at(-1);
      if (!frame) {
        if (at !== text.length) throw fault(at);
        return value;
      }
      const isObject = 'members' in frame;
      if (isObject) frame.members.set(frame.key, value);
      else frame.elements.push(value);
      const next = text[at];
      if (next === ',') {
        at = skipSpace(text, at + 1);
        if (isObject) at = readKey(text, at, frame);
        break;
      }
      if (next !== (isObject ? '}' : ']')) throw fault(at);
      at++;
      stack.pop();
      value = isObject ? printObject(frame.members) : `[${frame.elements.join(',')}]`;
    }
  }
}

/** 132 bits of SHA-256 over the canonical text, as 22 characters of base64url: equal values, equal digests. */
export function digest(text: string): string {
  return hash('sha256', canonicalJson(text), 'base64url').slice(0, 22);
}

function readKey(text: string, at: number, frame: ObjectFrame): number {
  if (text[at] !== '"') throw fault(at);
  const end = skipString(text, at);
  frame.key = canonicalString(text.slice(at, end), at);
  const colon = skipSpace(text, end);
  if (text[colon] !== ':') throw fault(colon);
  return skipSpace(text, colon + 1);
}

function printObject(members: Map<string, string>): string {
  const keys = [...members.keys()].toSorted();
  return `{${keys.map((key) => `${key}:${members.get(key)}`).join(',')}}`;
}

function scalarEnd(text: string, at: number): number {
  if (text[at] === '"') return skipString(text, at);
  for (const pattern of [NUMBER, LITERAL]) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  throw fault(at);
}

function canonicalScalar(raw: string, at: number): string {
  const first = raw[0] ?? '';
  if (first === '"') return canonicalString(raw, at);
  return first === '-' || (first >= '0' && first <= '9') ? canonicalNumber(raw) : raw;
}

function canonicalString(raw: string, at: number): string {
  if (!raw.includes('\\') && raw.length >= 2 && raw.endsWith('"')) {
    // Control characters are not JSON unless escaped; everything else that is unescaped stays as it is.
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u001f]/.test(raw)) throw fault(at);
    return raw.toWellFormed();
  }
  return JSON.stringify(decodeString(raw, at).toWellFormed());
}

function decodeString(raw: string, at: number): string {
  try {
    const decoded: unknown = JSON.parse(raw);
    if (typeof decoded === 'string') return decoded;
  } catch {
    // The engine's own message quotes the text, which may be a payload.
  }
  throw fault(at);
}

function canonicalNumber(raw: string): string {
  if (INTEGER.test(raw)) {
    if (raw === '-0') return '0';
    if (raw.length <= SURELY_INT64) return raw;
    // Twenty characters is the longest int64; BigInt of megabytes of digits would take seconds.
    if (raw.length <= 20) {
      const integer = BigInt(raw);
      if (integer >= INT64_MIN && integer <= INT64_MAX) return raw;
    }
  }
  const number = Number(raw);
  // Over the range of a float64 neither side stores it; kept apart from everything else.
  if (!Number.isFinite(number)) return number < 0 ? '-1e999' : '1e999';
  return String(number);
}

function fault(at: number): SyntaxError {
  return new SyntaxError(`not valid JSON at offset ${at}`);
}
