import { beforeAll, describe, expect, it } from '@jest/globals';
import { nestedObjects, traitsOf } from '../../support/engine-traits.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { canonical, fieldOf } from '../support/json-text.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const engine = traitsOf(stack.mysql);

/** What a user sends, as JSON text. */
const PAYLOADS: Readonly<Record<string, string>> = {
  empty: '{}',
  'integers-beyond-doubles': '{"n": [9007199254740993, -9007199254740993, 9223372036854775807, -9223372036854775808]}',
  'small-numbers': '{"n": [0, -1, 1, 0.1, -0.5, 1.5e-7, 3.141592653589793, 123456789.125]}',
  'large-numbers': '{"n": [1e300, -1e-300, 1.7976931348623157e308, 5e-324, 18446744073709551616]}',
  'every-kind': '{"null": null, "true": true, "false": false, "list": [], "object": {}, "text": "", "lists": [[], [null], [[[]]]]}',
  'as-deep-as-may-be': nestedObjects(engine.jsonLevels),
  emoji: '{"👩‍👩‍👧‍👦": "🧑🏽‍🚀 𝒳 𠮷", "text": "日本語 עברית \\ud83d\\ude00"}',
  'odd-keys': String.raw`{"a.b.c": 1, "quo\"te": 2, "back\\slash": 3, "": 4, "__proto__": {"polluted": true}, "constructor": 5, "$ref": 6, "a/b~c": 7, " ": 8, "new\nline": 9}`,
  escapes: String.raw`{"text": "\"\\\/\b\f\n\r\t\u0001\u001f\u007f\u2028\u2029<>&'", "sql": "'; DROP TABLE jobs; -- \\' %s ? :name"}`,
  'keys-that-differ-little': '{"a": 1, "A": 2, "ä": 3, "a ": 4, "é": 5, "é": 6}',
  'one-megabyte': JSON.stringify({ blob: 'x'.repeat(1_000_000) }),
  'many-keys': JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key-${index}`, index]))),
};

describe('a payload', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
    await Promise.all(Object.entries(PAYLOADS).map(([name, payload]) => scene.jobs.createWithPayload(name, payload)));
  }, SETUP_TIMEOUT_MS);

  it.each(Object.keys(PAYLOADS))('of the kind "%s" arrives in the row as the API server holds it', async (name) => {
    const job = await scene.jobs.untilPhase(name, 'Pending');
    const row = await scene.rows.get(job.metadata.uid);
    const held = fieldOf(await scene.jobs.text(name), 'spec', 'requestPayload');
    expect(canonical(row.request_payload)).toBe(held);
  });

  it('keeps 64-bit integers digit for digit, all the way', async () => {
    const { metadata } = await scene.jobs.get('integers-beyond-doubles');
    const row = await scene.rows.get(metadata.uid);
    const printed = '{"n": [9007199254740993, -9007199254740993, 9223372036854775807, -9223372036854775808]}';
    expect(row.request_payload).toBe(engine.reprintsJson ? printed : printed.replaceAll(' ', ''));
  });

  it('keeps what was sent, where the API server does', async () => {
    for (const name of ['every-kind', 'as-deep-as-may-be', 'emoji', 'odd-keys', 'escapes', 'keys-that-differ-little', 'one-megabyte', 'many-keys']) {
      const { metadata } = await scene.jobs.get(name);
      const row = await scene.rows.get(metadata.uid);
      expect(canonical(row.request_payload)).toBe(canonical(PAYLOADS[name] ?? ''));
    }
  });
});
