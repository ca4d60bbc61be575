import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { startWorker } from '../../../dev/worker.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { clientSideApply, serverSideApply } from '../support/gitops-tools.ts';
import type { Tool } from '../support/gitops-tools.ts';
import { openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';
import { Rows } from '../support/rows.ts';

const APPLY_EVERY_MS = 1_000;
/** After the last row went: the manifests are applied several times more, and several sweeps go by. */
const GO_ON_MS = 4_000;

const stack = useStack();
let scene: KeyedScene;
let tools: Readonly<Record<string, Tool>>;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
  tools = {
    argo: serverSideApply(stack, scene.namespace, 'argocd-controller'),
    flux: serverSideApply(stack, scene.namespace, 'kustomize-controller'),
    kubectl: clientSideApply(stack, scene.namespace),
  };
}, SETUP_TIMEOUT_MS);

interface Manifest {
  readonly idempotencyKey?: string;
  readonly [field: string]: unknown;
}

/** What lies in each repository. All of them lose their row; some lose the resource, too, and are created again by the next apply. */
const MANIFESTS: Readonly<Record<string, Manifest>> = {
  'without-key': { ttlSecondsAfterFinished: 0 },
  row: { idempotencyKey: 'row', ttlSecondsAfterFinished: 0 },
  'row-and-resource': { idempotencyKey: 'row-and-resource', ttlSecondsAfterFinished: 1, ttlPolicy: 'RowAndResource' },
  'row-and-resource-at-once': { idempotencyKey: 'at-once', type: 'delete', ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' },
  pruned: { idempotencyKey: 'pruned', ttlSecondsAfterFinished: 0, deletionPolicy: 'Delete' },
};
/** How many resources there will have been: those that went come back once, and stay. */
const RESOURCES = { 'without-key': 1, row: 1, 'row-and-resource': 2, 'row-and-resource-at-once': 2, pruned: 2 };
/** The documented hazard: what the sweep takes, the tool brings back, and without a key that is another run. */
const HAZARD = 'row-and-resource-without-key';

/** The repository of one tool, with names and keys of its own. */
function repositoryOf(tool: string): Record<string, Manifest> {
  const manifests = { ...MANIFESTS, [HAZARD]: { ttlSecondsAfterFinished: 0, ttlPolicy: 'RowAndResource' } };
  return Object.fromEntries(
    Object.entries<Manifest>(manifests).map(([name, { idempotencyKey, ...spec }]) => {
      const key = idempotencyKey === undefined ? {} : { idempotencyKey: `${tool}-${idempotencyKey}` };
      return [`${tool}-${name}`, { ...spec, ...key, requestPayload: { site: `${tool}-${name}` } }];
    }),
  );
}

describe('GitOps tools that apply the same manifests all the time', () => {
  it('have each of them run once, though rows and resources go by their TTL meanwhile; but for RowAndResource without a key', async () => {
    const connection = await scene.database.connect(Rows.EXACT);
    const taken: string[] = [];
    const worker = startWorker({
      connection,
      hands: 20,
      plan: () => ({ durationMs: 300, stepMs: 100, outcome: { result: '{"pages": 12}' } }),
      onEvent: ({ kind, jobId }) => void (kind === 'taken' && taken.push(jobId)),
    });
    const going = new AbortController();
    const uids = new Map<string, Set<string>>();
    const loop = async (name: string, apply: Tool): Promise<void> => {
      const repository = repositoryOf(name);
      while (!going.signal.aborted) {
        for (const { metadata } of await apply(repository)) uids.set(metadata.name, (uids.get(metadata.name) ?? new Set()).add(metadata.uid));
        await sleep(APPLY_EVERY_MS);
      }
    };
    const loops = Promise.all(Object.entries(tools).map(([name, apply]) => loop(name, apply)));
    const countsOf = (tool: string, names: readonly string[]): Record<string, number> => Object.fromEntries(names.map((name) => [name, uids.get(`${tool}-${name}`)?.size ?? 0]));
    try {
      const names = Object.keys(tools).flatMap((tool) => Object.keys(MANIFESTS).map((name) => `${tool}-${name}`));
      await Promise.all(names.map((name) => scene.jobs.untilPhase(name, 'Completed')));
      // Somebody deletes it by hand: the tool brings it back.
      await Promise.all(Object.keys(tools).map((tool) => scene.jobs.delete(`${tool}-pruned`)));
      await scene.rows.run('UPDATE jobs SET created_at = created_at - INTERVAL 1 MINUTE, updated_at = updated_at');
      await waitFor(() => Object.keys(tools).every((tool) => Object.values(countsOf(tool, [HAZARD])).every((count) => count >= 2)), { what: 'the hazard to come back', timeoutMs: 20_000 });
      await waitFor(async () => (await scene.rows.count()) === Object.keys(tools).length, { what: 'all other rows to be swept', timeoutMs: 20_000 });
      // Nothing tells that nothing more will happen: going on for a while is the test.
      await sleep(GO_ON_MS);
    } finally {
      going.abort();
      await loops;
      await worker.stop();
      connection.destroy();
    }

    for (const tool of Object.keys(tools)) {
      expect({ tool, ...countsOf(tool, Object.keys(MANIFESTS)) }).toEqual({ tool, ...RESOURCES });
      // Twice, and on a slow machine, where its next row gets old enough as well, once more.
      expect([2, 3]).toContain(countsOf(tool, [HAZARD])[HAZARD]);
    }
    const hazards = Object.keys(tools).flatMap((tool) => [...(uids.get(`${tool}-${HAZARD}`) ?? [])]);
    expect(taken).toHaveLength(Object.keys(tools).length * Object.keys(MANIFESTS).length + hazards.length);
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).toEqual(expect.arrayContaining(hazards));
    expect((await scene.inserted()).toSorted()).toEqual(taken.toSorted());
    expect(await scene.audit.violations()).toEqual([]);
    for (const job of await scene.jobs.list()) expect(job.status).toMatchObject({ phase: 'Completed', result: { pages: 12 } });
  }, SETUP_TIMEOUT_MS);
});
