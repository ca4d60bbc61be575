/** A worker as the table's owners have them: it takes pending rows, reports progress, completes or fails. It knows nothing of Kubernetes. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';

/** The statements of the table's description, with its literals as parameters; a failure has none there and is told like a completion. */
export const WORKER_STATEMENTS = {
  pending: "SELECT * FROM jobs WHERE status = 'pending' ORDER BY created_at ASC",
  progress: "UPDATE jobs SET status = 'running', progress = ? WHERE job_id = ?",
  completed: "UPDATE jobs SET status = 'completed', progress = 100, completed_at = NOW(), result = ? WHERE job_id = ?",
  failed: "UPDATE jobs SET status = 'failed', completed_at = NOW(), error = ? WHERE job_id = ?",
} as const;

/** What the contract asks of workers: with it a cancelled row stays cancelled, and the worker learns of it (no row matches). */
export const WORKER_GUARD = " AND status IN ('pending', 'running')";

export interface PendingJob {
  readonly jobId: string;
  readonly type: 'clone' | 'restore' | 'delete';
  /** JSON text, as MySQL prints it. */
  readonly requestPayload: string;
}

/** What to do with a job: take `durationMs`, telling the progress every `stepMs`, then end. */
export interface Work {
  readonly durationMs: number;
  /** It does not end before this resolves, however long that takes. */
  readonly notBefore?: Promise<void>;
  /** Default 250. */
  readonly stepMs?: number;
  /** `result` is JSON text. A failure comes after `atPercent` of the duration; default 60. */
  readonly outcome: { readonly result: string } | { readonly error: string; readonly atPercent?: number };
}

/** `left`: an UPDATE matched no row, so somebody else has ended the job, and the worker let go of it. */
export type WorkerEvent =
  | { readonly kind: 'taken' | 'completed' | 'failed' | 'left'; readonly jobId: string }
  | { readonly kind: 'progress'; readonly jobId: string; readonly percent: number };

export interface WorkerOptions {
  /** Text for JSON columns (`jsonStrings: true`) keeps large integers whole. Stays the caller's to close. */
  readonly connection: Connection;
  readonly plan: (job: PendingJob) => Work;
  /** Jobs at once; default 4. */
  readonly hands?: number;
  /** Milliseconds between two looks for pending rows; default 100. */
  readonly intervalMs?: number;
  /** Default true. False: the statements as they stand in the table's description, which also wake a cancelled row. */
  readonly guarded?: boolean;
  /** Called after the statement is committed. */
  readonly onEvent?: (event: WorkerEvent) => void;
}

export interface Worker {
  /** Rejects with what went wrong, if the database refuses a statement; resolves once stopped. */
  readonly ended: Promise<void>;
  /** Drops what it has in hand, as a killed worker would, and resolves when no statement is under way. Does not throw. */
  stop(): Promise<void>;
}

export function startWorker(options: WorkerOptions): Worker {
  const stopping = new AbortController();
  const ended = work(options, stopping);
  // Whoever awaits `ended` learns of it; nobody has to.
  ended.catch(() => undefined);
  return {
    ended,
    async stop() {
      stopping.abort();
      await Promise.allSettled([ended]);
    },
  };
}

async function work(options: WorkerOptions, stopping: AbortController): Promise<void> {
  const { connection, plan, hands = 4, intervalMs = 100, onEvent = () => undefined } = options;
  const busy = new Map<string, Promise<void>>();
  let problem: unknown;
  try {
    while (!stopping.signal.aborted) {
      if (busy.size < hands) {
        const jobs = await readPending(connection);
        for (const job of jobs.filter(({ jobId }) => !busy.has(jobId)).slice(0, hands - busy.size)) {
          const hand = doJob(job, plan(job), options, stopping.signal, onEvent)
            .catch((error: unknown) => {
              problem ??= error;
              stopping.abort();
            })
            .finally(() => busy.delete(job.jobId));
          busy.set(job.jobId, hand);
        }
      }
      await pause(intervalMs, stopping.signal);
    }
  } finally {
    stopping.abort();
    await Promise.all(busy.values());
  }
  if (problem !== undefined) throw new Error('the worker gave up', { cause: problem });
}

async function readPending(connection: Connection): Promise<PendingJob[]> {
  const [rows] = await connection.query<RowDataPacket[]>(WORKER_STATEMENTS.pending);
  return rows.map((row) => ({ jobId: row['job_id'], type: row['type'], requestPayload: row['request_payload'] }));
}

async function doJob(
  { jobId }: PendingJob,
  { durationMs, stepMs = 250, notBefore, outcome }: Work,
  { connection, guarded = true }: WorkerOptions,
  signal: AbortSignal,
  tell: (event: WorkerEvent) => void,
): Promise<void> {
  /** False when no row matched. */
  const update = async (statement: string, value: string | number): Promise<boolean> => {
    const [header] = await connection.query<ResultSetHeader>(guarded ? statement + WORKER_GUARD : statement, [value, jobId]);
    return header.affectedRows > 0;
  };
  const end = 'error' in outcome ? (durationMs * (outcome.atPercent ?? 60)) / 100 : durationMs;
  const gate = { open: notBefore === undefined };
  void notBefore?.then(() => (gate.open = true));
  const began = performance.now();
  for (let elapsed = 0; elapsed < end || !gate.open; elapsed = performance.now() - began) {
    const percent = Math.min(99, Math.floor((elapsed / durationMs) * 100));
    if (!(await update(WORKER_STATEMENTS.progress, percent))) return tell({ kind: 'left', jobId });
    tell(elapsed === 0 ? { kind: 'taken', jobId } : { kind: 'progress', jobId, percent });
    await pause(elapsed < end ? Math.min(stepMs, end - elapsed) : stepMs, signal);
    if (signal.aborted) return;
  }
  const kind = 'error' in outcome ? 'failed' : 'completed';
  const done = 'error' in outcome ? await update(WORKER_STATEMENTS.failed, outcome.error) : await update(WORKER_STATEMENTS.completed, outcome.result);
  tell({ kind: done ? kind : 'left', jobId });
}

/** Ends early, without an error, when the worker is to stop. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
