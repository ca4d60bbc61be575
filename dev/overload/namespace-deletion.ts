/** A namespace full of Jobs is deleted, as the namespace controller does it: nothing can be created in it any more, and its Jobs go as a collection. */

import type { RowDataPacket } from 'mysql2/promise';
import { waitFor } from '../wait-for.ts';
import type { Arena } from './arena.ts';
import { jobsPath, whileOperatorLives } from './arena.ts';
import { createJobs } from './burst.ts';
import { measureOperator } from './consumption.ts';
import type { Consumption } from './consumption.ts';
import { countEffort } from './effort.ts';
import type { Effort } from './effort.ts';
import { ShownJobs } from './shown-jobs.ts';

export interface NamespaceDeletionFigures {
  readonly jobs: number;
  /** Until the last Job had gone, from the deletion of the namespace; milliseconds. */
  readonly goneMs: number;
  readonly operator: Consumption;
  readonly effort: Effort;
  /** Rows by status when all Jobs had gone. */
  readonly rows: ReadonlyMap<string, number>;
}

const TIMEOUT_MS = 20 * 60_000;
/** The API server's own limit for a request; the collection is deleted again until nothing is left of it. */
const REQUEST_TIMEOUT_MS = 65_000;
const AGAIN_MS = 5_000;
/** The deletion does not wait for the last acceptances: some Jobs are met in the middle of theirs. */
const ACCEPTED_SHARE = 0.95;

export function namespaceDeletion(arena: Arena, jobs: number): Promise<NamespaceDeletionFigures> {
  return whileOperatorLives(arena, () => deletion(arena, jobs));
}

async function deletion(arena: Arena, jobs: number): Promise<NamespaceDeletionFigures> {
  const shown = await ShownJobs.open(arena);
  try {
    await createJobs(arena, { count: jobs, prefix: 'doomed' });
    await shown.until(() => shown.accepted >= jobs * ACCEPTED_SHARE, { what: 'the Jobs to be accepted', timeoutMs: TIMEOUT_MS });
    const taken = await takeHalf(arena);
    const areShown = (): boolean => taken.every((jobId) => shown.jobs.get(jobId)?.phase === 'Running');
    await shown.until(areShown, { what: 'the Jobs that workers took to be shown running', timeoutMs: TIMEOUT_MS });
    const ended = await countEffort(arena);
    const consumed = measureOperator(arena);
    const began = performance.now();
    await arena.api.delete(`/api/v1/namespaces/${arena.namespace}`);
    const deleting = deleteCollection(arena, () => shown.gone >= jobs);
    await shown.until(() => shown.gone >= jobs, { what: 'all Jobs to be gone', timeoutMs: TIMEOUT_MS, intervalMs: 20 });
    const goneMs = performance.now() - began;
    const operator = consumed();
    await deleting;
    return { jobs, goneMs, operator, effort: await ended(), rows: await rowsByStatus(arena) };
  } finally {
    await shown.close();
  }
}

/** Workers have some of them in hand. @returns their rows' ids */
async function takeHalf({ database }: Arena): Promise<readonly string[]> {
  const connection = await database.connect();
  try {
    await connection.query("UPDATE jobs SET status = 'running', progress = 10 WHERE status = 'pending' AND job_id < '8'");
    const [rows] = await connection.query<RowDataPacket[]>("SELECT job_id FROM jobs WHERE status = 'running'");
    return rows.map(({ job_id: jobId }) => jobId as string);
  } finally {
    await connection.end();
  }
}

async function deleteCollection(arena: Arena, isOver: () => boolean): Promise<void> {
  await waitFor(
    async () => {
      if (isOver()) return true;
      // Times out when there are too many: what is not marked yet is marked by the next.
      await arena.api.send('DELETE', jobsPath(arena), { timeoutMs: REQUEST_TIMEOUT_MS });
      return isOver();
    },
    { what: 'the collection to be deleted', timeoutMs: TIMEOUT_MS, intervalMs: AGAIN_MS },
  );
}

async function rowsByStatus({ database }: Arena): Promise<ReadonlyMap<string, number>> {
  const connection = await database.connect();
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT status, COUNT(*) AS count FROM jobs GROUP BY status');
    return new Map(rows.map(({ status, count }) => [status as string, Number(count)]));
  } finally {
    await connection.end();
  }
}
