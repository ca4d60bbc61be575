import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import type { Job } from '../support/jobs.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';
import { settled } from '../support/settled.ts';

const stack = useStack();

/** How long nothing may happen. Not a wait for something: the test is that it does not come. */
const QUIET_MS = 3_000;

const STATES: Readonly<Record<string, (scene: Scene, jobId: string) => Promise<unknown>>> = {
  Pending: () => Promise.resolve(),
  Running: ({ rows }, jobId) => rows.progress(jobId, 33),
  Completed: ({ rows }, jobId) => rows.complete(jobId, '{"url": "https://example.com", "bytes": 9007199254740993, "ratio": 1.50, "none": null}'),
  Failed: ({ rows }, jobId) => rows.fail(jobId, 'é'.repeat(5_000)),
  Cancelled: ({ rows }, jobId) => rows.set(jobId, { status: "'cancelled'", completed_at: 'NOW()' }),
};

/** One without, and one with every knob. */
const SPECS = [{}, { ttlSecondsAfterFinished: 86_400, ttlPolicy: 'RowAndResource', deletionPolicy: 'Delete' }];

describe('a system in which nothing happens', () => {
  let scene: Scene;
  let before: Record<string, string>;

  const versions = async (): Promise<Record<string, string>> => Object.fromEntries((await scene.jobs.list()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  const writes = async (): Promise<number> => {
    const samples = await scene.metrics.scrape();
    const requests = ['PATCH', 'PUT', 'POST', 'DELETE'].map((method) => samples.sum('rest_client_requests_total', { method }));
    const statements = ['insert', 'cancel', 'stamp', 'remove', 'sweep'].map((statement) => samples.sum('jobs_operator_db_query_seconds_count', { statement }));
    return [...requests, ...statements].reduce((sum, count) => sum + count, 0);
  };

  beforeAll(async () => {
    scene = await openScene(stack);
    const names = Object.keys(STATES).flatMap((state) => Array.from({ length: 10 }, (_, index) => `${state.toLowerCase()}-${index}`));
    const created = await Promise.all(names.map((name, index) => scene.jobs.create(name, SPECS[index % 2])));
    await Promise.all(created.map(({ metadata }) => scene.jobs.untilPhase(metadata.name, 'Pending')));
    const targets = created.map(({ metadata }, index) => ({ metadata, phase: Object.keys(STATES)[Math.floor(index / 10)] as NonNullable<Job['status']['phase']> }));
    for (const { metadata, phase } of targets) await STATES[phase]?.(scene, metadata.uid);
    await Promise.all(targets.map(({ metadata, phase }) => scene.jobs.untilPhase(metadata.name, phase)));
    // Events are sent without haste; after the last of them nothing is left to do.
    await Promise.all(targets.slice(10).map(({ metadata, phase }) => scene.jobs.reasonsUntil(metadata.name, phase === 'Running' ? 'Started' : phase)));
    before = await versions();
  }, SETUP_TIMEOUT_MS);

  it('makes no write to the API server and none to the table', async () => {
    const count = await settled(writes);
    await sleep(QUIET_MS);
    expect(await writes()).toBe(count);
    expect(await versions()).toEqual(before);
  });

  it('makes none either when the operator starts anew', async () => {
    await scene.operator.service.stop();
    await scene.operator.service.start();
    await sleep(QUIET_MS);
    expect(await writes()).toBe(0);
    expect(await versions()).toEqual(before);
  });
});
