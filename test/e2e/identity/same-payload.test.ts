import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

/** One payload, written down by two people: JSON text. */
const SPELLINGS: Readonly<Record<string, readonly [earlier: string, later: string]>> = {
  'key-order': ['{"b": {"y": 1, "x": [1, 2]}, "a": 2, "aa": 3}', '{"aa": 3, "a": 2, "b": {"x": [1, 2], "y": 1}}'],
  fractions: ['{"n": 1.0, "m": 2, "big": 1e3}', '{"n": 1, "m": 2.0, "big": 1000}'],
  doubles: ['{"n": [0.1, 1.5e-7, 1e300, 3.141592653589793]}', '{"n": [1e-1, 0.00000015, 1.0E+300, 3.1415926535897930]}'],
  space: ['{"a":[1,{"b":null}]}', '{ "a" : [ 1 ,\n {"b" : null } ] }'],
  escapes: ['{"text": "é/“\\u65e5\\u672c” \\ud83d\\ude00"}', '{"text": "\\u00e9\\/“日本” 😀"}'],
  integers: ['{"n": 9007199254740993}', '{"n":9007199254740993}'],
};

/** Not the same, however alike they look. */
const DIFFERENT: Readonly<Record<string, readonly [earlier: string, later: string]>> = {
  'last-digit': ['{"n": 9007199254740993}', '{"n": 9007199254740992}'],
  'text-and-number': ['{"n": 1}', '{"n": "1"}'],
  'list-order': ['{"n": [1, 2]}', '{"n": [2, 1]}'],
  'null-and-nothing': ['{"n": 1, "none": null}', '{"n": 1}'],
};

/** @returns the id of the row that the earlier one has left behind */
async function leaveRow(name: string, payload: string): Promise<string> {
  const spec = { idempotencyKey: name, deletionPolicy: 'Retain' };
  await scene.jobs.createWithPayload(name, payload, spec);
  const jobId = await scene.acceptedId(name);
  await scene.jobs.delete(name);
  await scene.jobs.untilGone(name);
  return jobId;
}

describe('a Job with the key of earlier work', () => {
  it.each(Object.entries(SPELLINGS))('finds its row though the payload is spelt otherwise: %s', async (name, [earlier, later]) => {
    const jobId = await leaveRow(name, earlier);
    await scene.jobs.createWithPayload(name, later, { idempotencyKey: name });
    expect((await scene.jobs.untilPhase(name, 'Pending')).status.jobId).toBe(jobId);
  });

  it.each(Object.entries(DIFFERENT))('is told of a conflict where the payload says something else: %s', async (name, [earlier, later]) => {
    await leaveRow(name, earlier);
    await scene.jobs.createWithPayload(name, later, { idempotencyKey: name });
    const job = await scene.jobs.untilCondition(name, 'Stalled', 'True', 'IdempotencyConflict');
    expect(job.status.jobId).toBeUndefined();
  });

  it('has run nothing twice', async () => {
    const inserted = await scene.inserted();
    expect(inserted).toHaveLength(Object.keys(SPELLINGS).length + Object.keys(DIFFERENT).length);
    expect(await scene.audit.violations()).toEqual([]);
  });
});
