import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf } from '../support/jobs.ts';
import { fieldOf } from '../support/json-text.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';

/** Integers that a double cannot hold, and nulls that a merge would drop. */
const RESULT = '{"n": [9007199254740993, -9223372036854775808], "none": null, "text": "日本 \\"quoted\\""}';
const ERROR = 'the disk is full: 0 bytes of 10 GB left — “/var”';

const stack = useStack();
let scene: KeyedScene;

const SPECS: Readonly<Record<string, object>> = {
  completed: { type: 'restore', idempotencyKey: 'completed', ttlSecondsAfterFinished: 0 },
  failed: { type: 'delete', idempotencyKey: 'failed', ttlSecondsAfterFinished: 0 },
  cancelled: { idempotencyKey: 'cancelled', ttlSecondsAfterFinished: 0, cancel: true },
};

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

describe('a keyed Job that is applied again after its row was swept', () => {
  const ids = new Map<string, string>();
  /** What each showed before its row went. */
  const shown = new Map<string, object>();

  beforeAll(async () => {
    for (const [name, spec] of Object.entries(SPECS)) await scene.jobs.create(name, spec);
    for (const name of Object.keys(SPECS)) ids.set(name, await scene.acceptedId(name));
    await scene.rows.complete(ids.get('completed') ?? '', RESULT);
    await scene.rows.fail(ids.get('failed') ?? '', ERROR);
    for (const [name, jobId] of ids) {
      await scene.jobs.until(name, 'to show when it expires', ({ status }) => status.expiresAt !== undefined);
      await scene.sweepAway(jobId);
      const { status } = await scene.jobs.untilCondition(name, 'Synced', 'False', 'Expired');
      const { startedAt: _startedAt, conditions: _conditions, observedGeneration: _observedGeneration, ...outcome } = status;
      shown.set(name, outcome);
    }
    for (const [name, spec] of Object.entries(SPECS)) await scene.applyAgain(name, spec);
  }, SETUP_TIMEOUT_MS);

  it.each(Object.keys(SPECS))('shows what was shown before: %s', async (name) => {
    const job = await scene.jobs.until(name, 'to show an outcome', ({ status }) => status.phase !== undefined);
    expect(job.status).toMatchObject(shown.get(name) ?? {});
    expect(job.status.jobId).toBe(ids.get(name));
    expect(conditionsOf(job)).toMatchObject({ Synced: 'False Expired' });
  });

  it('shows the result to the digit', async () => {
    expect(fieldOf(await scene.jobs.text('completed'), 'status', 'result')).toBe('{"n":[9007199254740993,-9223372036854775808],"none":null,"text":"日本 \\"quoted\\""}');
    expect(conditionsOf(await scene.jobs.get('completed'))).toMatchObject({ Ready: 'True Completed', Complete: 'True Completed' });
  });

  it('shows the error, and reads as failed to a GitOps tool', async () => {
    const job = await scene.jobs.get('failed');
    expect(job.status.error).toBe(ERROR);
    expect(conditionsOf(job)).toMatchObject({ Stalled: 'True JobFailed', Failed: 'True JobFailed' });
  });

  it('runs nothing, however often it is looked at', async () => {
    await scene.sweeps(2);
    expect(await scene.rows.count()).toBe(0);
    expect((await scene.inserted()).toSorted()).toEqual([...ids.values()].toSorted());
    expect(await scene.audit.violations()).toEqual([]);
  });

  it('is deleted at once, and leaves the tombstone for the next', async () => {
    await scene.applyAgain('completed', SPECS['completed'] ?? {});
    expect((await scene.jobs.untilPhase('completed', 'Completed')).status.jobId).toBe(ids.get('completed'));
    expect(await scene.tombstone(ids.get('completed') ?? '')).toMatchObject({ type: 'restore', status: 'completed', result: RESULT });
    expect(await scene.rows.count()).toBe(0);
  });
});
