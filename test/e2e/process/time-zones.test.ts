import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { untilAllAgree } from '../support/agreement.ts';
import { rowIdOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const TTL_SECONDS = 3;

const stack = useStack();
let scene: Scene;

beforeAll(async () => {
  const server = await stack.ownMysqlServer({ flags: ['--default-time-zone=+05:30'] });
  // The rows are read and written in the server's zone here, as a worker does who never heard of another.
  scene = await openScene(stack, { server, env: { TZ: 'America/New_York', TTL_SWEEP_INTERVAL_SECONDS: '1' } });
}, SETUP_TIMEOUT_MS);

function secondsFromNow(time: string | undefined): number {
  return Math.abs(Date.now() - Date.parse(time ?? '')) / 1000;
}

describe('a server in India, a worker beside it, and an operator in New York', () => {
  it('agree on what time it is', async () => {
    const [zone] = await scene.rows.query<{ zone: string }>('SELECT TIMEDIFF(NOW(), UTC_TIMESTAMP()) AS zone');
    expect(zone?.zone).toBe('05:30:00');
    const jobId = rowIdOf(await scene.jobs.create('timed', { ttlSecondsAfterFinished: 3600 }));
    await scene.jobs.untilPhase('timed', 'Pending');
    await scene.rows.progress(jobId, 10);
    await scene.jobs.untilPhase('timed', 'Running');
    await scene.rows.complete(jobId);
    const { status } = await scene.jobs.until('timed', 'to have finished', (job) => job.status.expiresAt !== undefined);
    for (const time of [status.createdAt, status.startedAt, status.completedAt]) expect(secondsFromNow(time)).toBeLessThan(30);
    expect(Date.parse(status.expiresAt ?? '') - Date.parse(status.completedAt ?? '')).toBe(3_600_000);
    await untilAllAgree(scene.jobs, scene.rows);
  });

  it('write a cancelled row’s end in the right hour, too', async () => {
    await scene.jobs.create('cancelled', { cancel: true });
    const { status } = await scene.jobs.untilPhase('cancelled', 'Cancelled');
    expect(secondsFromNow(status.completedAt)).toBeLessThan(30);
  });

  it('sweep a row no sooner than its time to live, and not hours late', async () => {
    const jobId = rowIdOf(await scene.jobs.create('swept', { ttlSecondsAfterFinished: TTL_SECONDS }));
    await scene.jobs.untilPhase('swept', 'Pending');
    // Rows younger than 20 s are never swept.
    await scene.rows.age(jobId);
    await scene.rows.complete(jobId);
    const { status } = await scene.jobs.until('swept', 'to show its expiry', (job) => job.status.expiresAt !== undefined);
    await scene.rows.untilGone(jobId);
    expect(Date.now()).toBeGreaterThan(Date.parse(status.expiresAt ?? ''));
    const gone = await scene.jobs.untilCondition('swept', 'Synced', 'False', 'Expired');
    expect(gone.status.phase).toBe('Completed');
    expect(await scene.rows.find(rowIdOf(await scene.jobs.get('timed')))).toBeDefined();
  }, SETUP_TIMEOUT_MS);
});
