import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startWorker } from '../../../dev/worker.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';
import { Rows } from '../support/rows.ts';

const APPLY_EVERY_MS = 200;
/** After the last row went: dozens of times the manifests are applied, and several sweeps. */
const GO_ON_MS = 4_000;

const stack = useStack();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
}, SETUP_TIMEOUT_MS);

/** What lies in the repository. Each of them loses its row; some lose the resource, too, and are created again by the next apply. */
const MANIFESTS: Readonly<Record<string, object>> = {
  row: { idempotencyKey: 'row', ttlSecondsAfterFinished: 0, requestPayload: { site: 1 } },
  'row-and-resource': { idempotencyKey: 'row-and-resource', ttlSecondsAfterFinished: 1, ttlPolicy: 'RowAndResource', requestPayload: { site: 2 } },
  'row-and-resource-at-once': { idempotencyKey: 'at-once', type: 'delete', ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource', requestPayload: { site: 3 } },
  pruned: { idempotencyKey: 'pruned', ttlSecondsAfterFinished: 0, deletionPolicy: 'Delete', requestPayload: { site: 4 } },
};

describe('a GitOps tool that applies the same manifests all the time', () => {
  it('has each of them run once, though rows and resources go by their TTL meanwhile', async () => {
    const connection = await scene.database.connect(Rows.EXACT);
    const taken: string[] = [];
    const worker = startWorker({
      connection,
      plan: () => ({ durationMs: 300, stepMs: 100, outcome: { result: '{"pages": 12}' } }),
      onEvent: ({ kind, jobId }) => void (kind === 'taken' && taken.push(jobId)),
    });
    const going = new AbortController();
    const uids = new Map(Object.keys(MANIFESTS).map((name) => [name, new Set<string>()]));
    const loop = async (name: string, spec: object): Promise<void> => {
      while (!going.signal.aborted) {
        uids.get(name)?.add((await scene.jobs.apply(name, spec)).metadata.uid);
        await sleep(APPLY_EVERY_MS);
      }
    };
    const loops = Promise.all(Object.entries(MANIFESTS).map(([name, spec]) => loop(name, spec)));
    try {
      const names = Object.keys(MANIFESTS);
      await Promise.all(names.map((name) => scene.jobs.untilPhase(name, 'Completed')));
      // Somebody deletes it by hand: the tool brings it back.
      await scene.jobs.delete('pruned');
      await scene.rows.run('UPDATE jobs SET created_at = created_at - INTERVAL 1 MINUTE, updated_at = updated_at');
      await waitFor(async () => (await scene.rows.count()) === 0, { what: 'all rows to be swept', timeoutMs: 20_000 });
      // Nothing tells that nothing more will happen: going on for a while is the test.
      await sleep(GO_ON_MS);
    } finally {
      going.abort();
      await loops;
      await worker.stop();
      connection.destroy();
    }

    expect(taken).toHaveLength(Object.keys(MANIFESTS).length);
    expect(new Set(taken).size).toBe(taken.length);
    expect((await scene.inserted()).toSorted()).toEqual(taken.toSorted());
    expect(await scene.audit.violations()).toEqual([]);
    // One resource was kept; those that went came back once, and stay.
    const counts = Object.fromEntries([...uids].map(([name, seen]) => [name, seen.size]));
    expect(counts).toEqual({ row: 1, 'row-and-resource': 2, 'row-and-resource-at-once': 2, pruned: 2 });
    for (const job of await scene.jobs.list()) expect(job.status).toMatchObject({ phase: 'Completed', result: { pages: 12 } });
  }, SETUP_TIMEOUT_MS);
});
