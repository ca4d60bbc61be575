import { beforeAll, describe, expect, it } from '@jest/globals';
import { traitsOf } from '../../support/engine-traits.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { canonical, fieldOf } from '../support/json-text.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const nested = (levels: number): string => `${'[{"a":'.repeat((levels - 2) / 2)}[{}]${'}]'.repeat((levels - 2) / 2)}`;

/** What a worker returns, as JSON text. */
const RESULTS: Readonly<Record<string, string>> = {
  'nulls-inside': '{"a": null, "b": [null, {"c": null}], "d": {}}',
  'a-string': '"https://example.com/ä?q=\\"1\\""',
  'an-empty-string': '""',
  'a-number': '42',
  zero: '0',
  'a-large-integer': '9007199254740993',
  'true': 'true',
  'false': 'false',
  'an-array': '[1, "two", null, [3]]',
  'an-empty-array': '[]',
  'an-empty-object': '{}',
  integers: '{"n": [9007199254740993, -9223372036854775808, 9223372036854775807]}',
  // What the API server prints as 1e+300 and 1.
  floats: '{"n": [1e300, 1.0, 0.1, -1.5e-7, 3.141592653589793]}',
  emoji: '{"👩‍👩‍👧‍👦": "🧑🏽‍🚀 𝒳 𠮷"}',
  'odd-keys': String.raw`{"a.b.c": 1, "quo\"te": 2, "back\\slash": 3, "": 4, "__proto__": {"polluted": true}, "a/b~c": 7, "new\nline": 9}`,
  escapes: String.raw`{"text": "\"\\\/\b\f\n\r\t\u0001\u001f\u007f\u2028\u2029<>&'"}`,
  deep: nested(traitsOf(stack.mysql).jsonLevels - 1),
};

const nameOf = (kind: string): string => `job-${kind}`;

describe('a result', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
    for (const kind of [...Object.keys(RESULTS), 'null', 'changing']) await scene.jobs.create(nameOf(kind));
    for (const kind of [...Object.keys(RESULTS), 'null', 'changing']) {
      const { metadata } = await scene.jobs.untilPhase(nameOf(kind), 'Pending');
      await scene.rows.complete(metadata.uid, RESULTS[kind] ?? 'null');
    }
  }, SETUP_TIMEOUT_MS);

  it.each(Object.keys(RESULTS))('of the kind "%s" arrives in the status as the row has it', async (kind) => {
    const { metadata } = await scene.jobs.untilPhase(nameOf(kind), 'Completed');
    const row = await scene.rows.get(metadata.uid);
    const shown = fieldOf(await scene.jobs.text(nameOf(kind)), 'status', 'result');
    expect(shown).toBe(canonical(row.result ?? ''));
    expect(shown).toBe(canonical(RESULTS[kind] ?? ''));
  });

  it('that is a top-level null is absent', async () => {
    const job = await scene.jobs.untilPhase(nameOf('null'), 'Completed');
    expect(job.status).not.toHaveProperty('result');
  });

  it('replaces the one before whole, nothing of which is left', async () => {
    const name = nameOf('changing');
    const { metadata } = await scene.jobs.untilPhase(name, 'Completed');
    await scene.rows.set(metadata.uid, { status: "'running'", result: `'{"old": {"a": 1, "b": 2}, "both": {"a": 1}}'` });
    // A finished row is looked at rarely; a start looks at everything.
    await scene.operator.service.stop();
    await scene.operator.service.start();
    await scene.jobs.untilPhase(name, 'Running');
    await scene.rows.complete(metadata.uid, '{"both": {"b": null}, "new": []}');
    const job = await scene.jobs.untilPhase(name, 'Completed');
    expect(job.status.result).toEqual({ both: { b: null }, new: [] });
  });
});
