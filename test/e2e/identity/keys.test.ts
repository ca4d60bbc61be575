import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

/** Whatever the definition takes. Other Jobs with the key are found by a field selector, which has a syntax of its own. */
const KEYS: Readonly<Record<string, string>> = {
  comma: 'a,b,,c',
  equals: 'a=b==c!=d',
  backslash: String.raw`a\b\\c\,\=`,
  'trailing-backslash': 'a\\',
  'another-selector': 'x,spec.type=clone',
  url: 'https://example.com/a?b=c&d=%2C#e+f',
  slashes: '../../other/name',
  quotes: `'; DROP TABLE jobs; -- "\``,
  space: '  a  b\t\n',
  one: '1',
  'true': 'true',
  unicode: 'Ключ 鍵 🔑 e\u0301',
  'unicode-composed': 'Ключ 鍵 🔑 \u00e9',
  upper: 'KEY',
  lower: 'key',
  longest: 'k'.repeat(252) + '1',
  'longest-but-last': 'k'.repeat(252) + '2',
  'longest-unicode': '🔑'.repeat(253),
};

const spec = (name: string): object => ({ idempotencyKey: KEYS[name], requestPayload: {}, deletionPolicy: 'Retain' });

describe('idempotency keys', () => {
  const ids = new Map<string, string>();

  beforeAll(async () => {
    await Promise.all(Object.keys(KEYS).map((name) => scene.jobs.create(name, spec(name))));
    for (const name of Object.keys(KEYS)) ids.set(name, await scene.acceptedId(name));
  });

  it('are identities of their own, however alike they look', async () => {
    expect(new Set(ids.values()).size).toBe(Object.keys(KEYS).length);
    expect((await scene.inserted()).toSorted()).toEqual([...ids.values()].toSorted());
  });

  it.each(Object.keys(KEYS))('are found in use by another Job: %s', async (name) => {
    await scene.jobs.create(`${name}-second`, spec(name));
    const job = await scene.jobs.untilCondition(`${name}-second`, 'Stalled', 'True', 'IdempotencyKeyInUse');
    expect(job.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toContain(`The Job ${name} of this namespace`);
    await scene.jobs.delete(`${name}-second`);
    await scene.jobs.untilGone(`${name}-second`);
  });

  it('find their rows again', async () => {
    await Promise.all(Object.keys(KEYS).map((name) => scene.applyAgain(name, spec(name))));
    for (const [name, jobId] of ids) expect({ name, jobId: await scene.acceptedId(name) }).toEqual({ name, jobId });
    expect(await scene.inserted()).toHaveLength(ids.size);
  });
});
