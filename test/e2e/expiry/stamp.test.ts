import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Job } from '../support/jobs.ts';
import type { Row } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const TTL = 86_400;
const DEFAULT_TTL = 7_200;
/** 2038-01-19 03:14:07 UTC, the last second of a TIMESTAMP. */
const LAST_SECOND = 2_147_483_647;

const endOf = (row: Row): number => Math.max(row.completed_at ?? row.updated_at ?? 0, row.updated_at ?? 0);
const expiryOf = (job: Job): number => Date.parse(job.status.expiresAt ?? '') / 1000;

async function accepted(scene: Scene, name: string, spec: object): Promise<string> {
  const { metadata } = await scene.jobs.create(name, spec);
  await scene.jobs.untilPhase(name, 'Pending');
  return metadata.uid;
}

/** Waits until the Job shows an expiry, and returns both sides. */
async function expiring(scene: Scene, name: string): Promise<{ readonly job: Job; readonly row: Row }> {
  const job = await scene.jobs.until(name, 'to expire', ({ status }) => status.expiresAt !== undefined);
  return { job, row: await scene.rows.get(job.metadata.uid) };
}

describe('ttl_expires_at, with a TTL in the spec', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
  }, SETUP_TIMEOUT_MS);

  it.each([
    { how: 'completed', columns: { status: "'completed'", completed_at: 'NOW()' } },
    { how: 'failed', columns: { status: "'failed'", completed_at: 'NOW()' } },
    { how: 'completed before its last update', columns: { status: "'completed'", completed_at: 'NOW() - INTERVAL 1 HOUR' } },
    { how: 'completed by a worker whose clock is ahead', columns: { status: "'completed'", completed_at: 'NOW() + INTERVAL 1 HOUR' } },
    { how: 'completed without completed_at', columns: { status: "'completed'", completed_at: 'NULL' } },
  ])('counts from the end of a row that was $how, and leaves updated_at alone', async ({ how, columns }) => {
    const name = how.replaceAll(/[^a-z]+/g, '-');
    const jobId = await accepted(scene, name, { ttlSecondsAfterFinished: TTL });
    expect((await scene.rows.get(jobId)).ttl_expires_at).toBeNull();
    await scene.rows.set(jobId, { ...columns, updated_at: 'NOW() - INTERVAL 10 SECOND' });
    const before = await scene.rows.get(jobId);
    const { job, row } = await expiring(scene, name);
    expect(row.ttl_expires_at).toBe(endOf(before) + TTL);
    expect(expiryOf(job)).toBe(row.ttl_expires_at);
    expect(row).toEqual({ ...before, ttl_expires_at: row.ttl_expires_at });
  });

  it('is set on a cancelled row, too', async () => {
    await accepted(scene, 'cancelled', { ttlSecondsAfterFinished: TTL });
    await scene.jobs.patch('cancelled', { spec: { cancel: true } });
    const { row } = await expiring(scene, 'cancelled');
    expect(row).toMatchObject({ status: 'cancelled', ttl_expires_at: endOf(row) + TTL });
  });

  it('follows a changed spec, counting from the same end', async () => {
    const jobId = await accepted(scene, 'changed', { ttlSecondsAfterFinished: TTL });
    await scene.rows.complete(jobId);
    const first = await expiring(scene, 'changed');
    await scene.jobs.patch('changed', { spec: { ttlSecondsAfterFinished: 60 } });
    await scene.jobs.until('changed', 'to expire sooner', (job) => expiryOf(job) === endOf(first.row) + 60);
    expect((await scene.rows.get(jobId)).ttl_expires_at).toBe(endOf(first.row) + 60);
  });

  it('is taken off an unfinished row, whoever set it', async () => {
    const jobId = await accepted(scene, 'unfinished', { ttlSecondsAfterFinished: TTL });
    await scene.rows.set(jobId, { status: "'running'", ttl_expires_at: 'NOW() - INTERVAL 1 HOUR' });
    await scene.jobs.untilPhase('unfinished', 'Running');
    expect((await scene.rows.get(jobId)).ttl_expires_at).toBeNull();
  });

  it("replaces a worker's value", async () => {
    const jobId = await accepted(scene, 'overruled', { ttlSecondsAfterFinished: TTL });
    await scene.rows.set(jobId, { status: "'completed'", completed_at: 'NOW()', ttl_expires_at: 'NOW() + INTERVAL 5 YEAR' });
    const { row } = await expiring(scene, 'overruled');
    expect(row.ttl_expires_at).toBe(endOf(row) + TTL);
  });

  it('ends with the last second that the column can hold', async () => {
    const jobId = await accepted(scene, 'capped', { ttlSecondsAfterFinished: 315_360_000 });
    await scene.rows.set(jobId, { status: "'completed'", completed_at: "'2030-01-01 00:00:00'" });
    const { row, job } = await expiring(scene, 'capped');
    expect(row.ttl_expires_at).toBe(LAST_SECOND);
    expect(job.status.expiresAt).toBe('2038-01-19T03:14:07Z');
  });
});

describe.each([
  { situation: 'no default', env: {}, filled: false },
  { situation: 'a default', env: { DEFAULT_TTL_SECONDS: String(DEFAULT_TTL) }, filled: true },
])('ttl_expires_at, without a TTL in the spec and with $situation', ({ env, filled }) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack, { env });
  }, SETUP_TIMEOUT_MS);

  it("is a worker's, on a finished row and on an unfinished one", async () => {
    const jobId = await accepted(scene, 'own-value', {});
    await scene.rows.set(jobId, { status: "'running'", ttl_expires_at: "'2037-12-31 00:00:00'" });
    const { row, job } = await expiring(scene, 'own-value');
    expect(job.status.phase).toBe('Running');
    await scene.rows.complete(jobId);
    await scene.jobs.untilPhase('own-value', 'Completed');
    expect((await scene.rows.get(jobId)).ttl_expires_at).toBe(row.ttl_expires_at);
  });

  it(`${filled ? 'is filled' : 'stays NULL'} on a finished row that has none`, async () => {
    const jobId = await accepted(scene, 'none', {});
    await scene.rows.complete(jobId);
    const job = await scene.jobs.untilPhase('none', 'Completed');
    const row = await scene.rows.get(jobId);
    expect(row.ttl_expires_at).toBe(filled ? endOf(row) + DEFAULT_TTL : null);
    expect(expiryOf(job)).toBe(filled ? endOf(row) + DEFAULT_TTL : Number.NaN);
  });

  it('stays NULL on an unfinished row', async () => {
    const jobId = await accepted(scene, 'waits', {});
    await scene.rows.progress(jobId, 1);
    await scene.jobs.untilPhase('waits', 'Running');
    expect((await scene.rows.get(jobId)).ttl_expires_at).toBeNull();
  });
});
