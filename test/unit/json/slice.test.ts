import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, detach, locate, peekMembers, sliceElements, sliceMember } from '../../../src/json/slice.ts';

/**
 * Prints a value with white space and an escape; `read` undoes it. JSON.parse alone must not judge: that of
 * V8 13.6 takes the key \u0061 for a backslash once it has seen an object with a backslash for a key in the same place.
 */
function printLoosely(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('"a"', String.raw`"\u0061"`);
}

function read(text: string): unknown {
  return JSON.parse(text.replaceAll(String.raw`\u0061`, 'a'));
}

const key = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string());
const anyObject = fc.dictionary(key, fc.jsonValue());

describe('the raw text of a member', () => {
  it('is exactly what stands in the text, digits, spaces and escapes included', () => {
    const payload = String.raw`{ "n": 9007199254740993, "s":"a\"}\\", "u":"\u00e9" }`;
    const text = `{"object": {"spec": {"type":"clone","requestPayload" : ${payload} } } }`;
    expect(sliceMember(text, ['object', 'spec', 'requestPayload'])).toBe(payload);
  });

  it('parses to the value that was printed, for every member of any object', () => {
    fc.assert(
      fc.property(anyObject, (value) => {
        const text = printLoosely(value);
        const parsed = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        for (const name of [...Object.keys(parsed), 'absent']) {
          const slice = sliceMember(text, [name]);
          expect(slice === undefined ? undefined : read(slice)).toEqual(parsed[name]);
        }
      }),
    );
  });

  it('is found two levels down', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b'), anyObject), (value) => {
        const text = printLoosely(value);
        const parsed = JSON.parse(JSON.stringify(value)) as Record<string, Record<string, unknown>>;
        for (const outer of ['a', 'b']) {
          const slice = sliceMember(text, [outer, 'c']);
          expect(slice === undefined ? undefined : read(slice)).toEqual(parsed[outer]?.['c']);
        }
      }),
    );
  });

  it('is the last of duplicates, even where only the first had what was looked for', () => {
    expect(sliceMember('{"a":1,"a":2}', ['a'])).toBe('2');
    expect(sliceMember('{"a":{"b":1},"a":{"c":2}}', ['a', 'b'])).toBeUndefined();
    expect(sliceMember('{"a":{"b":1},"a":3}', ['a', 'b'])).toBeUndefined();
  });

  it('is not mistaken for the same word inside strings or deeper values', () => {
    expect(sliceMember(String.raw`{"x":"\"a\":1","y":{"a":2},"z":["a",3]}`, ['a'])).toBeUndefined();
  });

  it('is absent where the way to it is no object', () => {
    for (const text of ['null', '3', '"a"', '[{"a":1}]', '{"a":null}', '{"a":[1]}']) {
      expect(sliceMember(text, ['a', 'b'])).toBeUndefined();
    }
  });

  it('is found behind and inside 100,000 levels of nesting', () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;
    expect(sliceMember(`{"x":${deep},"deep":${deep},"y":7}`, ['deep'])).toBe(deep);
    expect(sliceMember(`{"x":${deep},"deep":${deep},"y":7}`, ['y'])).toBe('7');
  });

  it('keeps keys such as __proto__ and dotted ones apart like any other', () => {
    expect(sliceMember('{"__proto__":{"a.b":1}}', ['__proto__', 'a.b'])).toBe('1');
  });
});

describe('several members in one pass', () => {
  it('come in the order they were asked for, one inside another too', () => {
    const text = '{"object":{"spec":{"p":[1]},"status":{"r":2}},"type":"ADDED"}';
    const spans = locate(text, [['type'], ['object'], ['object', 'status', 'r'], ['object', 'spec', 'p'], ['none']]);
    expect(spans.map((span) => span && text.slice(span.start, span.end))).toEqual([
      '"ADDED"',
      '{"spec":{"p":[1]},"status":{"r":2}}',
      '2',
      '[1]',
      undefined,
    ]);
  });

  it('can be cut out, and the rest still parses', () => {
    fc.assert(
      fc.property(anyObject, fc.subarray(['a', 'b', 'c']), (value, names) => {
        const text = printLoosely(value);
        const expected = Object.fromEntries(
          Object.entries(value).map(([name, member]) => [name, names.includes(name) ? null : member]),
        );
        const rest = cut(text, locate(text, names.map((name) => [name])));
        expect(JSON.parse(rest)).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });
});

describe('a peek at members', () => {
  it('sees what is there, whatever stands before it, and nothing else', () => {
    const name = fc.constantFrom('uid', 'uidx', 'ui', 'version', 'a');
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), fc.dictionary(name, fc.jsonValue()), (metadata, around) => {
        const text = JSON.stringify({ ...around, object: { ...around, metadata } });
        const found = peekMembers(text, ['object', 'metadata'], ['uid', 'version']).map((raw) => (raw === undefined ? undefined : (JSON.parse(raw) as unknown)));
        const parsed = (JSON.parse(text) as { object: { metadata: Record<string, unknown> } }).object.metadata;
        expect(found).toEqual([parsed['uid'], parsed['version']]);
      }),
    );
  });

  it('finds nothing where there is no such object', () => {
    for (const text of ['', '{}', '{"object":1}', '{"object":{"metadata":["uid"]}}', '{"metadata":{"uid":"1"}}']) {
      expect(peekMembers(text, ['object', 'metadata'], ['uid'])).toEqual([undefined]);
    }
  });

  it('reads no further than it has to', () => {
    expect(peekMembers('{"metadata":{"a":[1,{"b":"}"}],"uid":"1","version":"2",###', ['metadata'], ['version', 'uid'])).toEqual(['"2"', '"1"']);
  });
});

describe('the raw texts of elements', () => {
  it('are what JSON.parse sees, one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (value) => {
        const text = printLoosely({ items: value });
        const parsed = JSON.parse(text) as { items: unknown[] };
        expect([...sliceElements(text, ['items'])].map((raw) => JSON.parse(raw) as unknown)).toEqual(parsed.items);
      }),
    );
  });

  it('are none where there is no array', () => {
    for (const text of ['{}', '{"items":null}', '{"items":{"0":1}}', '']) {
      expect([...sliceElements(text, ['items'])]).toEqual([]);
    }
  });
});

describe('text that is not JSON', () => {
  it('gets some answer, without a throw and without a loop', () => {
    const anything = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', ' ', '1'), maxLength: 40 });
    fc.assert(
      fc.property(anything, (text) => {
        locate(text, [['a'], ['a', 'a']]);
        peekMembers(text, ['a'], ['a']);
        expect([...sliceElements(text), ...sliceElements(text, ['a'])].length).toBeLessThanOrEqual(2 * text.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a detached slice', () => {
  it('has the same characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => expect(detach(text)).toBe(text)));
  });
});
