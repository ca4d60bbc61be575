import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { disagreements } from '../support/agreement.ts';
import { rowIdOf } from '../support/jobs.ts';
import type { Job } from '../support/jobs.ts';
import { KEYED_ENV, openKeyedScene } from '../support/keyed-scene.ts';
import type { KeyedScene } from '../support/keyed-scene.ts';
import { seededRandom } from '../support/random.ts';
import { openScene } from '../support/scene.ts';

const KEYS = 30;
/** At any moment so many of them are in use, the others are history or still to come. */
const KEYS_AT_ONCE = 8;
const TURMOIL_MS = 15_000;
/** A Job that found its key in use looks again within 10 s. */
const AGREED_WITHIN_MS = 30_000;

const stack = useStack();
const random = seededRandom();
let scene: KeyedScene;

beforeAll(async () => {
  scene = await openKeyedScene(stack);
  await openScene(stack, { namespace: scene.namespace, database: scene.database, env: KEYED_ENV });
}, SETUP_TIMEOUT_MS);

/** Two Jobs of each key, so that now and then both are there. @param progress of the turmoil, in [0, 1) */
function anyName(progress: number): string {
  const first = Math.floor(progress * (KEYS - KEYS_AT_ONCE + 1));
  return `${random.between(first, first + KEYS_AT_ONCE - 1)}-${random.pick(['a', 'b'])}`;
}

/** The same work each time, and any way for it to go. */
function anySpec(name: string): object {
  const idempotencyKey = `key-${Number.parseInt(name, 10)}`;
  return {
    idempotencyKey,
    requestPayload: { key: idempotencyKey },
    ttlSecondsAfterFinished: 0,
    ttlPolicy: random.pick(['Row', 'Row', 'RowAndResource']),
    deletionPolicy: random.pick(['Cancel', 'Retain', 'Retain', 'Delete']),
  };
}

/** One thing that users and workers do. It may be refused: the resource may be there, or gone. */
async function anyDeed(name: string): Promise<void> {
  const { api } = stack;
  const path = `${scene.namespace.jobsPath}/${name}`;
  const rows = await scene.rows.all();
  const deed = rows.length === 0 ? 'create' : random.pick(['create', 'create', 'delete', 'row']);
  if (deed === 'create') {
    await api.send('POST', scene.namespace.jobsPath, { body: { apiVersion: 'wordpress.betaweb.ai/v1alpha1', kind: 'Job', metadata: { name }, spec: { type: 'clone', ...anySpec(name) } } });
  } else if (deed === 'delete') {
    await api.send('DELETE', path);
  } else {
    const { job_id: jobId } = random.pick(rows);
    const guard = "AND status IN ('pending', 'running')";
    // Old enough to be removed: with a key it is the tombstone alone that keeps a late INSERT away.
    await scene.rows.age(jobId);
    if (random.chance(0.4)) await scene.rows.run(`UPDATE jobs SET status = 'running', progress = ? WHERE job_id = ? ${guard}`, [random.between(1, 99), jobId]);
    else if (random.chance(0.3)) await scene.rows.run(`UPDATE jobs SET status = 'failed', completed_at = NOW(), error = 'no space left' WHERE job_id = ? ${guard}`, [jobId]);
    else await scene.rows.run(`UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW(), result = '{"pages": 12}' WHERE job_id = ? ${guard}`, [jobId]);
  }
}

/** What a resource does not say of its row or tombstone, or of why it has none; a sentence each. */
async function untruths(job: Job, all: readonly Job[]): Promise<readonly string[]> {
  const { name } = job.metadata;
  if (job.metadata.deletionTimestamp !== undefined) return [`${name} is still being deleted`];
  if (job.status.jobId === undefined) {
    const holder = all.find((other) => other.spec['idempotencyKey'] === job.spec['idempotencyKey'] && other.status.jobId !== undefined);
    const stalled = (job.status.conditions ?? []).some(({ type, reason }) => type === 'Stalled' && reason === 'IdempotencyKeyInUse');
    return holder !== undefined && stalled ? [] : [`${name} has no row, and nobody else has its key`];
  }
  const row = await scene.rows.find(job.status.jobId);
  if (row !== undefined) return disagreements(job, row);
  const tombstone = await scene.tombstone(job.status.jobId);
  if (tombstone === undefined) return [`${name} has neither row nor tombstone`];
  const { phase, result, error } = job.status;
  const shown = { status: phase?.toLowerCase(), result: result === undefined ? null : JSON.stringify(result), error: error ?? null };
  const kept = { status: tombstone.status, result: tombstone.result === null ? null : JSON.stringify(JSON.parse(tombstone.result)), error: tombstone.error };
  return JSON.stringify(shown) === JSON.stringify(kept) ? [] : [`${name} shows ${JSON.stringify(shown)} of ${JSON.stringify(kept)}`];
}

describe('two operators at once, while the same keys are created, deleted and applied again at random', () => {
  it(`run each key once, and show what became of it (seed ${random.seed})`, async () => {
    const began = performance.now();
    for (let progress = 0; progress < 1; progress = (performance.now() - began) / TURMOIL_MS) {
      await anyDeed(anyName(progress));
      await sleep(random.between(0, 40));
    }

    await waitFor(
      async () => {
        const jobs = await scene.jobs.list();
        const found = (await Promise.all(jobs.map((job) => untruths(job, jobs)))).flat();
        if (found.length > 0) throw new Error(found.slice(0, 3).join('; '));
        return true;
      },
      { what: 'all statuses to be true', timeoutMs: AGREED_WITHIN_MS, intervalMs: 250 },
    );
    const inserted = await scene.inserted();
    expect(inserted.toSorted()).toEqual([...new Set(inserted)].toSorted());
    // Else there was no turmoil.
    expect(inserted.length).toBeGreaterThan(KEYS / 2);
    const entries = await scene.audit.entries();
    expect(entries.filter(({ what }) => what === 'delete').length).toBeGreaterThan(KEYS / 3);

    // What ran once is known for good: as a row, or as what is left of one.
    for (const jobId of inserted) expect((await scene.rows.find(jobId)) ?? (await scene.tombstone(jobId))).toBeDefined();
    // No two resources have one row.
    const ids = (await scene.jobs.list()).map(rowIdOf).filter((jobId) => jobId !== '');
    expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted());
    // Only deletionPolicy Delete takes unfinished rows; no other promise has an exception.
    expect((await scene.audit.violations()).filter((violation) => !/was deleted while (pending|running)$/.test(violation))).toEqual([]);
  }, SETUP_TIMEOUT_MS);
});
