/** Workers who end rows at a steady pace, and how long it takes until the resources show it. */

import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { durationsOf } from '../durations.ts';
import type { Durations } from '../durations.ts';
import { pause } from '../pause.ts';
import { WORKER_GUARD, WORKER_STATEMENTS } from '../worker.ts';
import type { Arena } from './arena.ts';
import type { Moment, ShownJobs } from './shown-jobs.ts';

export interface Finish {
  /** From the answer to the worker's UPDATE to the status; milliseconds. */
  readonly latencyMs: number;
  /** How many other Jobs were accepted in between: a count that no busy machine changes. */
  readonly overtaken: number;
}

export interface Finishing {
  /** Ends no more rows, waits until all that were ended are shown, and tells of each. @throws when one is not shown */
  stop(): Promise<readonly Finish[]>;
}

/** Rows known to be pending, so that the pace does not depend on a look at the table. */
const STOCK = 100;
/** After the last row has finished. What was not shown by then counts as lost. */
const SHOWN_TIMEOUT_MS = 120_000;

/**
 * Takes the oldest pending rows and the newest in turn: those that have waited longest, and those that are just being
 * accepted. They go from pending to completed in one step, which is the hardest to notice.
 */
export function finishSteadily(arena: Pick<Arena, 'database'>, shown: ShownJobs, perSecond: number): Finishing {
  const stopping = new AbortController();
  const finished = new Map<string, Moment>();
  const working = work(arena, shown, perSecond, finished, stopping.signal);
  // Whoever stops it learns of it.
  working.catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await working;
      const shownAt = (jobId: string): Moment | undefined => shown.jobs.get(jobId)?.since.get('Completed');
      const areShown = (): boolean => [...finished.keys()].every((jobId) => shownAt(jobId) !== undefined);
      await shown.until(areShown, { what: 'all finished rows to be shown', timeoutMs: SHOWN_TIMEOUT_MS });
      return [...finished].map(([jobId, end]) => {
        const { at, accepted } = shownAt(jobId) ?? end;
        // The watch may be quicker than the answer to the UPDATE.
        return { latencyMs: Math.max(0, at - end.at), overtaken: Math.max(0, accepted - end.accepted) };
      });
    },
  };
}

/** @throws RangeError when no row has finished */
export function latenciesOf(finished: readonly Finish[]): Durations {
  return durationsOf(finished.map(({ latencyMs }) => latencyMs));
}

async function work({ database }: Pick<Arena, 'database'>, shown: ShownJobs, perSecond: number, finished: Map<string, Moment>, signal: AbortSignal): Promise<void> {
  const connection = await database.connect();
  try {
    const began = performance.now();
    let stock: string[] = [];
    let oldest = false;
    for (let turn = 0; !signal.aborted; turn += 1) {
      if (stock.length === 0) stock = await pendingRows(connection, (oldest = !oldest));
      const jobId = stock.pop();
      if (jobId !== undefined) {
        const [header] = await connection.query<ResultSetHeader>(WORKER_STATEMENTS.completed + WORKER_GUARD, ['{"done": true}', jobId]);
        if (header.affectedRows > 0) finished.set(jobId, shown.now());
      }
      await pause(Math.max(0, began + ((turn + 1) * 1000) / perSecond - performance.now()), signal);
    }
  } finally {
    await connection.end();
  }
}

async function pendingRows(connection: Connection, oldestFirst: boolean): Promise<string[]> {
  const order = oldestFirst ? 'ASC' : 'DESC';
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT job_id FROM jobs WHERE status = 'pending' ORDER BY created_at ${order} LIMIT ${STOCK}`);
  return rows.map((row) => row['job_id'] as string);
}
