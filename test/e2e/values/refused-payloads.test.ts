import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { nestedObjects, traitsOf } from '../../support/engine-traits.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { conditionsOf, rowIdOf } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const MAX_ALLOWED_PACKET = 524_288;
const OTHERS = Array.from({ length: 20 }, (_, index) => `unharmed-${index}`);
const STALLED = { Ready: 'False PayloadRefused', Stalled: 'True PayloadRefused', Complete: 'False PayloadRefused', Failed: 'False PayloadRefused' };

const engine = traitsOf(stack.mysql);
const SECRET = 'not-for-the-log';

/** Statements, writes, reconciles and reads: all that a hot loop would turn. */
async function costOf({ metrics }: Scene): Promise<readonly number[]> {
  const samples = await metrics.scrape();
  return [
    samples.sum('jobs_operator_db_query_seconds_count', { statement: 'insert' }),
    samples.sum('jobs_operator_status_writes_total'),
    samples.sum('controller_runtime_reconcile_total'),
    samples.sum('rest_client_requests_total', { method: 'GET' }),
  ];
}

describe('a payload that the database refuses', () => {
  let scene: Scene;

  beforeAll(async () => {
    const server = await stack.ownMysqlServer({ flags: [`--max-allowed-packet=${MAX_ALLOWED_PACKET}`] });
    // All at once, so that they share INSERT statements.
    scene = await openScene(stack, {
      server,
      async before({ jobs }) {
        await Promise.all([
          jobs.createWithPayload('too-deep', `{"${SECRET}": ${nestedObjects(engine.jsonLevels)}}`),
          jobs.createWithPayload('too-large', JSON.stringify({ [SECRET]: 'x'.repeat(MAX_ALLOWED_PACKET) })),
          jobs.createWithPayload('large', JSON.stringify({ blob: 'x'.repeat(MAX_ALLOWED_PACKET / 2) })),
          ...OTHERS.map((name) => jobs.create(name)),
        ]);
      },
    });
  }, SETUP_TIMEOUT_MS);

  it(`nested deeper than ${engine.jsonLevels} levels makes its Job Stalled, with the reason`, async () => {
    const job = await scene.jobs.untilCondition('too-deep', 'Stalled', 'True');
    expect(conditionsOf(job)).toEqual(STALLED);
    expect(job.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toMatch(engine.tooDeep);
    expect(job.status).not.toHaveProperty('jobId');
    expect(job.status).not.toHaveProperty('phase');
  });

  it('larger than max_allowed_packet makes its Job Stalled, with both sizes', async () => {
    const job = await scene.jobs.untilCondition('too-large', 'Stalled', 'True');
    expect(conditionsOf(job)).toEqual(STALLED);
    expect(job.status.conditions?.find(({ type }) => type === 'Stalled')?.message).toMatch(/INSERT has \d+ bytes, and the server's max_allowed_packet is 524288/);
  });

  it('does no harm to the other Jobs of the same moment', async () => {
    await Promise.all([...OTHERS, 'large'].map((name) => scene.jobs.untilPhase(name, 'Pending')));
    expect(await scene.rows.count()).toBe(OTHERS.length + 1);
  });

  it('is told in one Event', async () => {
    expect(await scene.jobs.reasonsUntil('too-deep', 'PayloadRefused')).toEqual(['PayloadRefused']);
    const [event] = await scene.jobs.events('too-deep');
    expect(event).toMatchObject({ type: 'Warning' });
  });

  it('is not offered again and again', async () => {
    const before = await costOf(scene);
    await sleep(3_000);
    expect(await costOf(scene)).toEqual(before);
  });

  it('is in no line of the log and in no condition', async () => {
    expect(scene.operator.service.log()).not.toContain(SECRET);
    const texts = await Promise.all(['too-deep', 'too-large'].map(async (name) => JSON.stringify([(await scene.jobs.get(name)).status, await scene.jobs.events(name)])));
    expect(texts.join()).not.toContain(SECRET);
  });

  it('lets its Job be deleted, and leaves no row', async () => {
    for (const name of ['too-deep', 'too-large']) {
      const job = await scene.jobs.get(name);
      await scene.jobs.delete(name);
      await scene.jobs.untilGone(name);
      expect(await scene.rows.find(rowIdOf(job))).toBeUndefined();
    }
  });

  it('lets its Job be deleted also under an operator that has only just started', async () => {
    await scene.jobs.createWithPayload('deep-again', nestedObjects(engine.jsonLevels + 1));
    await scene.jobs.untilCondition('deep-again', 'Stalled', 'True', 'PayloadRefused');
    await scene.operator.service.stop();
    await scene.jobs.delete('deep-again');
    await scene.operator.service.start();
    await expect(scene.jobs.untilGone('deep-again')).resolves.toBeUndefined();
  });
});
