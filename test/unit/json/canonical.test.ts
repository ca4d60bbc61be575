import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digest, canonicalJson } from '../../../src/json/canonical.ts';

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

describe('the canonical text', () => {
  const same: [string, string, string][] = [
    ['white space', '{ "a" : [ 1 , 2 ] }\n', '{"a":[1,2]}'],
    ['key order', '{"b":1,"a":{"d":1,"c":2}}', '{"a":{"c":2,"d":1},"b":1}'],
    ['1.0 for 1', '[1.0,1.50,1e2,-0.0]', '[1,1.5,100,0]'],
    ['-0 for 0', '-0', '0'],
    ["Go's escapes", String.raw`"\u003cb\u003e \u0026 \u2028\u2029"`, JSON.stringify('<b> & \u2028\u2029')],
    ['escaped slashes and letters', String.raw`"\/\u00e9\u0041"`, '"/éA"'],
    ['escaped surrogate pairs', String.raw`"\ud83d\ude00"`, '"😀"'],
    ['lone surrogates, which Go replaces', String.raw`"\ud83d x"`, '"\ufffd x"'],
    ['integers beyond int64, which the API server makes floats', '18446744073709551615', '18446744073709552000'],
    ["MySQL's exponent for a double", '1.152921504606847e18', '1152921504606847000'],
    ['a small double', '0.0000001', '1e-7'],
    ['duplicate keys', '{"a":1,"a":2}', '{"a":2}'],
    ['escaped keys', String.raw`{"\u0061":1}`, '{"a":1}'],
  ];
  it.each(same)('sees through %s', (_, one, other) => {
    expect(canonicalJson(one)).toBe(other);
    expect(canonicalJson(other)).toBe(other);
    expect(digest(one)).toBe(digest(other));
  });

  const different: [string, string, string][] = [
    ['integers next to each other over 2^53', '9007199254740993', '9007199254740992'],
    ['the ends of int64 and their neighbours', '-9223372036854775808', '-9223372036854775807'],
    ['a number and its text', '1', '"1"'],
    ['null and an absent member', '{"a":null}', '{}'],
    ['array orders', '[1,2]', '[2,1]'],
    ['an empty object and an empty array', '{}', '[]'],
  ];
  it.each(different)('keeps %s apart', (_, one, other) => {
    expect(canonicalJson(one)).not.toBe(canonicalJson(other));
    expect(digest(one)).not.toBe(digest(other));
  });

  it('keeps every int64 exactly', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(fc.property(int64, (integer) => expect(canonicalJson(`[${integer}]`)).toBe(`[${integer}]`)));
  });

  it('means the same value as the text it came from', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not change when made canonical again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const once = canonicalJson(JSON.stringify(value, null, 1));
        expect(canonicalJson(once)).toBe(once);
      }),
    );
  });

  it('is the same for every order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.entries(value)
          .toReversed()
          .map(([name, member]) => `${JSON.stringify(name)}: ${JSON.stringify(member)}`);
        expect(canonicalJson(`{ ${reversed.join(' , ')} }`)).toBe(canonicalJson(JSON.stringify(value)));
      }),
    );
  });

  it('copes with 100,000 levels', () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;
    expect(canonicalJson(deep)).toBe(deep);
  });

  it.each(['', '{', '[1,]', '{"a"}', '{"a":1,}', '01', '1 2', 'nul', '"a', '"\n"', String.raw`"\x"`, '{a:1}', '[1}', '-', '1.', '.5'])(
    'refuses what is not JSON: %j',
    (text) => expect(() => canonicalJson(text)).toThrow(SyntaxError),
  );

  it('refuses and accepts as JSON.parse does', () => {
    const anything = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', 'u', ' ', '1', '0', '-', '.', 'e', 'null'), maxLength: 12 });
    fc.assert(
      fc.property(anything, (text) => expect(accepts(canonicalJson, text)).toBe(accepts((t) => JSON.parse(t) as unknown, text))),
      { numRuns: 5_000 },
    );
  });

  it('never quotes the text when it refuses it', () => {
    expect(() => canonicalJson('{"password":"hunter2" x')).toThrow(/^not valid JSON at offset \d+$/);
    expect(() => canonicalJson(String.raw`"hunter2\x"`)).toThrow(/^not valid JSON at offset \d+$/);
  });
});

describe('the digest', () => {
  it('is 22 characters that fit into anything', () => {
    expect(digest('{"a":1}')).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });
});
