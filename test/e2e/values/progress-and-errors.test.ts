import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Job } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

/** Bytes of UTF-8, ellipsis included (contract, section 1). */
const ERROR_LIMIT = 4_096;

describe('what a worker may write besides', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
  }, SETUP_TIMEOUT_MS);

  async function running(name: string, progress: string): Promise<Job> {
    const { metadata } = await scene.jobs.create(name);
    await scene.jobs.untilPhase(name, 'Pending');
    await scene.rows.set(metadata.uid, { status: "'running'", progress });
    return scene.jobs.untilPhase(name, 'Running');
  }

  async function failed(name: string, error: string): Promise<Job> {
    const { metadata } = await scene.jobs.create(name);
    await scene.jobs.untilPhase(name, 'Pending');
    await scene.rows.fail(metadata.uid, error);
    return scene.jobs.untilPhase(name, 'Failed');
  }

  it.each([
    { written: 'NULL', shown: 0 },
    { written: '150', shown: 99 },
    { written: '100', shown: 99 },
    { written: '-3', shown: 0 },
    { written: '2147483647', shown: 99 },
  ])('a progress of $written is shown as $shown, and the row stays as it is', async ({ written, shown }) => {
    const job = await running(`progress-${written.toLowerCase().replace('-', 'minus-')}`, written);
    expect(job.status.progress).toBe(shown);
    expect(String((await scene.rows.get(job.metadata.uid)).progress).toUpperCase()).toBe(written);
  });

  it('a completed row shows 100, whatever its progress says', async () => {
    const { metadata } = await running('forgotten', '12');
    await scene.rows.set(metadata.uid, { status: "'completed'", progress: 'NULL' });
    const job = await scene.jobs.untilPhase('forgotten', 'Completed');
    expect(job.status.progress).toBe(100);
    expect(job.status).not.toHaveProperty('completedAt');
  });

  it('an error of 64 KiB is cut to 4,096 bytes, the ellipsis included', async () => {
    const job = await failed('long-error', 'e'.repeat(65_535));
    expect(Buffer.byteLength(job.status.error ?? '')).toBe(ERROR_LIMIT);
    expect(job.status.error).toBe(`${'e'.repeat(ERROR_LIMIT - 3)}…`);
  });

  it('is cut between characters, never inside one', async () => {
    const job = await failed('long-emoji', '🧑🏽‍🚀'.repeat(2_000));
    const error = job.status.error ?? '';
    expect(Buffer.byteLength(error)).toBeLessThanOrEqual(ERROR_LIMIT);
    expect(Buffer.byteLength(error)).toBeGreaterThan(ERROR_LIMIT - 8);
    expect(error).not.toContain('\ufffd');
    expect('🧑🏽‍🚀'.repeat(2_000).startsWith(error.slice(0, -1))).toBe(true);
    expect(error.endsWith('…')).toBe(true);
  });

  it('an error of exactly 4,096 bytes is shown whole', async () => {
    const job = await failed('fitting-error', 'é'.repeat(ERROR_LIMIT / 2));
    expect(job.status.error).toBe('é'.repeat(ERROR_LIMIT / 2));
  });

  it('a failure without a text says so in the condition', async () => {
    const { metadata } = await running('speechless', '1');
    await scene.rows.set(metadata.uid, { status: "'failed'" });
    const job = await scene.jobs.untilPhase('speechless', 'Failed');
    expect(job.status).not.toHaveProperty('error');
    expect(job.status.conditions?.find(({ type }) => type === 'Failed')?.message).toMatch(/without a text/);
  });

  it('an error is shown while the job still runs, and so is a partial result', async () => {
    const { metadata } = await running('partial', '40');
    await scene.rows.set(metadata.uid, { error: "'first try failed'", result: `'{"so far": 3}'` });
    const job = await scene.jobs.until('partial', 'to show both', ({ status }) => status.error !== undefined && status.result !== undefined);
    expect(job.status).toMatchObject({ phase: 'Running', error: 'first try failed', result: { 'so far': 3 } });
  });
});
