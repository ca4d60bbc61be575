import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

/** Which of the first reads comes first is chance: several starts. */
const STARTS = 6;
const JOBS_OF_START = 5;
/** Below the 10 s after which a Job that could not be decided on is looked at again. */
const ACCEPTED_WITHIN_MS = 9_000;

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

describe('an operator that starts and finds keyed Jobs waiting', () => {
  it('accepts them at once: it knows of the tombstones before it looks at the first Job', async () => {
    for (let start = 0; start < STARTS; start += 1) {
      await scene.operator.service.stop();
      const names = Array.from({ length: JOBS_OF_START }, (_, index) => `job-${start}-${index}`);
      for (const name of names) await scene.jobs.create(name, { idempotencyKey: name });
      await scene.operator.service.start();
      await Promise.all(names.map((name) => scene.jobs.until(name, 'to be accepted', ({ status }) => status.phase === 'Pending', ACCEPTED_WITHIN_MS)));
    }
    expect(await scene.inserted()).toHaveLength(STARTS * JOBS_OF_START);
  }, SETUP_TIMEOUT_MS);
});
