import { beforeAll, describe, expect, it } from '@jest/globals';
import { startWorker } from '../../../dev/worker.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { manifest } from '../support/jobs.ts';
import { canonical, fieldOf } from '../support/json-text.ts';
import { Rows } from '../support/rows.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();

const COUNT = 200;
/** kubectl wait takes a tenth of a second per resource, one after the other. */
const WAITERS = 4;
const TYPES = ['clone', 'restore', 'delete'] as const;
const nameOf = (index: number): string => `job-${String(index).padStart(3, '0')}`;

describe('two hundred Jobs applied at once', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene(stack);
    const documents = Array.from({ length: COUNT }, (_, index) =>
      JSON.stringify(manifest(nameOf(index), { type: TYPES[index % 3], requestPayload: { index, site: `https://example.com/${index}`, tags: ['ä', '✓', null] } }, { labels: { waiter: `w${index % WAITERS}` } })),
    );
    await stack.kubectl(['-n', scene.namespace.name, 'apply', '-f', '-'], { input: documents.join('\n---\n') });
  }, SETUP_TIMEOUT_MS);

  it('all become rows that wait', async () => {
    const pending = await waitFor(
      async () => {
        const ids = await scene.rows.pending();
        return ids.length >= COUNT ? ids : undefined;
      },
      { what: `${COUNT} pending rows`, timeoutMs: 30_000 },
    );
    expect(pending).toHaveLength(COUNT);
  });

  it('all complete under a worker that uses the statements of the table, and kubectl wait sees it', async () => {
    const connection = await scene.database.connect(Rows.EXACT);
    const worker = startWorker({
      connection,
      hands: 25,
      intervalMs: 20,
      guarded: false,
      plan: ({ jobId, type }) => ({ durationMs: 150, stepMs: 50, outcome: { result: `{"of": "${jobId}", "type": "${type}", "big": 9007199254740993}` } }),
    });
    try {
      const waiters = Array.from({ length: WAITERS }, (_, index) =>
        stack.kubectl(['-n', scene.namespace.name, 'wait', '--for=condition=Complete', '--timeout=50s', 'wpjobs', '-l', `waiter=w${index}`]),
      );
      const answers = await Promise.all(waiters);
      expect(answers.join('').match(/condition met/g)).toHaveLength(COUNT);
    } finally {
      await worker.stop();
      await connection.end();
    }
  });

  it('each have one row, and each show theirs to the digit', async () => {
    const rows = await scene.rows.all();
    expect(rows).toHaveLength(COUNT);
    const jobs = await scene.jobs.list();
    const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
    for (const row of rows) {
      const job = byUid.get(row.job_id);
      if (job === undefined) throw new Error(`row ${row.job_id} is of no Job`);
      const text = await scene.jobs.text(job.metadata.name);
      expect(job.spec['type']).toBe(row.type);
      expect(canonical(row.request_payload)).toBe(fieldOf(text, 'spec', 'requestPayload'));
      expect(row).toMatchObject({ status: 'completed', progress: 100, error: null, ttl_expires_at: null });
      expect(job.status).toMatchObject({ jobId: row.job_id, phase: 'Completed', progress: 100, observedGeneration: 1 });
      expect(fieldOf(text, 'status', 'result')).toBe(canonical(row.result ?? ''));
      expect(Date.parse(job.status.createdAt ?? '') / 1000).toBe(row.created_at);
      expect(Date.parse(job.status.completedAt ?? '') / 1000).toBe(row.completed_at);
    }
  });
});
