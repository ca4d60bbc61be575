import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const COUNT = 100;

describe('many Jobs that are there at once', () => {
  let scene: Scene;

  beforeAll(async () => {
    const names = Array.from({ length: COUNT }, (_, index) => `job-${index}`);
    scene = await openScene(stack, {
      async before({ jobs }) {
        await Promise.all(names.map((name) => jobs.create(name)));
      },
    });
    await Promise.all(names.map((name) => scene.jobs.untilPhase(name, 'Pending')));
  }, SETUP_TIMEOUT_MS);

  it('share their INSERTs and reads', async () => {
    const samples = await scene.metrics.scrape();
    for (const statement of ['insert', 'read']) {
      const count = samples.sum('jobs_operator_db_query_seconds_count', { statement });
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(COUNT);
    }
    expect(await scene.rows.count()).toBe(COUNT);
  });

  it('cost the API server two writes each: finalizer and status', async () => {
    const samples = await scene.metrics.scrape();
    expect(samples.sum('rest_client_requests_total', { method: 'PATCH' })).toBe(2 * COUNT);
    expect(samples.sum('jobs_operator_status_writes_total', { reason: 'accepted' })).toBe(COUNT);
    expect(samples.sum('jobs_operator_status_writes_total')).toBe(COUNT);
  });
});
